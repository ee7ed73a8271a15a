# Shared by run, check, redis, stock and price: data, configuration, start and stop. Sourced with the repository as working folder.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this use them
top=$PWD
data=$top/build/demo
nginx=${NGINX:-$(command -v nginx || echo /usr/sbin/nginx)}
unset NGINX # nginx itself reads it, as sockets that it inherited

fail() {
    echo "demo: $*" >&2
    exit 1
}

need() {
    [ -x "$nginx" ] || fail "no nginx at $nginx; run 'tools/deps run demo', or set NGINX to its path"
    local program
    for program in redis-server redis-cli curl openssl python3; do
        command -v "$program" >/dev/null || fail "$program is missing; run 'tools/deps run demo'"
    done
    [ -x build/dynstore ] || fail "build/dynstore is missing; run 'make'"
    [ -e build/ngx_http_dynstore_module.so ] || fail "build/ngx_http_dynstore_module.so is missing; run 'make'"
}

# newer FILE THAN...: FILE is there, and newer than every other
newer() {
    local file=$1 other
    shift
    [ -e "$file" ] || return 1
    for other in "$@"; do [ "$file" -nt "$other" ] || return 1; done
}

# the shop's data, pages and snapshot; made again only when what they are made from has changed, by one at a time
prepare() {
    local lock
    mkdir -p "$data"
    exec {lock}>"$data/lock"
    flock "$lock"
    if ! newer "$data/site.made" demo/generate.py demo/shop/*.py demo/templates/*; then
        python3 demo/generate.py "$data"
        touch "$data/site.made"
    fi
    if ! newer "$data/store.dyn" "$data/site.made" build/dynstore; then
        build/dynstore build --catalog "$data/catalog.jsonl" --catalog "$data/content.jsonl" --events "$data/events.jsonl" -o "$data/store.dyn"
    fi
    exec {lock}>&-
}

# port_free PORT: somebody could listen there
port_free() {
    python3 - "$1" <<'PYTHON'
import socket, sys
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", int(sys.argv[1])))
        probe.listen()
    except OSError:
        sys.exit(1)
PYTHON
}

# below the range that outgoing connections take their ports from, and below the ports of the suites
free_port() {
    local port
    while port=$((14000 + RANDOM % 6000)); do
        if port_free "$port"; then break; fi
    done
    echo "$port"
}

# configure FOLDER PORT [required]: nginx.conf in FOLDER, where nginx and Redis run and keep sockets, logs and pids. With `required` the shop asks
# what may be kept of a shopper before anything is. A page waits for Redis no longer than DEMO_TIMEOUT, 20ms if not set.
configure() {
    local folder=$1 port=$2 consent=${3:-} text user="" ask="" tag='<script defer src="/_dynstore/assets/dynstore.js"'
    mkdir -p "$folder/logs" "$folder/tmp"
    rm -f "$folder/backend.sock" "$folder/shop.sock"
    # what the shop's programs sign their webhooks with
    if [ ! -s "$folder/webhook.secret" ]; then
        (umask 077 && printf 'whsec_%s\n' "$(openssl rand -base64 32)" >"$folder/webhook.secret")
    fi
    # workers of a master run by root would become nobody, who may not read this folder
    if [ "$(id -u)" -eq 0 ]; then user="user root;"; fi
    text=$(<demo/nginx.conf.in)
    if [ -n "$consent" ]; then
        # as a theme would have it
        ask="sub_filter '$tag' '<link rel=\"stylesheet\" href=\"/assets/consent.css\"><script defer src=\"/assets/consent.js\"></script>$tag data-consent=\"required\"';"
        consent="dynstore_consent cookie;"
    fi
    text=${text//@ASK@/"$ask"}
    text=${text//@CONSENT@/"$consent"}
    text=${text//@TIMEOUT@/"${DEMO_TIMEOUT:-20ms}"}
    text=${text//@USER@/"$user"}
    text=${text//@MODULE@/"\"$top/build/ngx_http_dynstore_module.so\""}
    text=${text//@SITE@/"\"$data/site\""}
    text=${text//@SNAPSHOT@/"\"$data/store.dyn\""}
    text=${text//@RULES@/"\"$top/conf.examples/rules.json\""}
    text=${text//@PORT@/"$port"}
    printf '%s\n' "$text" >"$folder/nginx.conf"
    printf '%s\n' "$port" >"$folder/port"
}

# Sockets are named relative to the folder: the path of a UNIX socket may have 107 bytes, a checkout's path more.
redis_answers() {
    (cd "$1" && [ "$(redis-cli -s redis.sock ping 2>/dev/null)" = PONG ])
}

start_redis() {
    local folder=$1 try
    if redis_answers "$folder"; then return; fi
    (cd "$folder" && redis-server --port 0 --unixsocket redis.sock --unixsocketperm 700 --save '' --appendonly no \
        --daemonize yes --pidfile redis.pid --logfile redis.log --dir . >/dev/null)
    for try in {1..100}; do
        if redis_answers "$folder"; then return; fi
        sleep 0.1
    done
    fail "Redis did not start within 10 s; see $folder/redis.log"
}

# json_text WORD: as a string of JSON
json_text() {
    printf '%s' "$1" | python3 -c 'import json, sys; print(json.dumps(sys.stdin.read()), end="")'
}

# tell_shop FOLDER TYPE FIELDS: what a shop's own program would send, {"type": TYPE, "data": {FIELDS}} as a signed webhook
tell_shop() {
    local folder=$1 body="{\"type\":\"$2\",\"data\":{$3}}" id now secret signature answer
    id=msg_$(date +%s%N) now=$(date +%s)
    secret=$(sed s/^whsec_// "$folder/webhook.secret" | base64 -d | od -An -tx1 | tr -d ' \n')
    signature=$(printf %s "$id.$now.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$secret" -binary | base64)
    answer=$(curl -s --max-time 10 -w ' %{http_code}' -d "$body" -H "webhook-id: $id" -H "webhook-timestamp: $now" \
        -H "webhook-signature: v1,$signature" "http://127.0.0.1:$(<"$folder/port")/_dynstore/webhook") || true
    case ${answer##* } in
        200) ;;
        000) fail "nginx does not answer on port $(<"$folder/port"); start the demo first" ;;
        *) fail "the webhook was not taken: status ${answer##* }, ${answer% *}" ;;
    esac
}

# tell_stock FOLDER ID N|unknown, tell_price FOLDER ID AMOUNT
tell_stock() {
    tell_shop "$1" stock "\"item\":$(json_text "$2"),\"stock\":$(json_text "$3")"
}

tell_price() {
    tell_shop "$1" price "\"item\":$(json_text "$2"),\"price\":$(json_text "$3"),\"currency\":\"EUR\""
}

stop_redis() {
    local folder=$1
    if [ -S "$folder/redis.sock" ]; then
        (cd "$folder" && redis-cli -s redis.sock shutdown nosave >/dev/null 2>&1) || true
    fi
}

# start_shop FOLDER: the shop's own backend on shop.sock there; leaves its process id in shop_pid
start_shop() {
    local folder=$1 try
    (cd "$folder" && PYTHONPATH=$top/demo exec python3 -B -m shop.serve shop.sock) &
    shop_pid=$!
    for try in {1..100}; do
        if [ -S "$folder/shop.sock" ]; then return; fi
        if ! kill -0 "$shop_pid" 2>/dev/null; then fail "the shop's backend, demo/shop/serve.py, did not start"; fi
        sleep 0.1
    done
    fail "the shop's backend, demo/shop/serve.py, did not start within 10 s"
}

stop_shop() {
    if [ -n "${shop_pid:-}" ]; then
        kill -TERM "$shop_pid" 2>/dev/null || true
        wait "$shop_pid" 2>/dev/null || true
    fi
    shop_pid=
}

# start_nginx FOLDER PORT: leaves the master's process id in nginx_pid
start_nginx() {
    local folder=$1 port=$2 try
    (cd "$folder" && exec "$nginx" -p "$folder/" -e logs/error.log -c nginx.conf) &
    nginx_pid=$!
    for try in {1..100}; do
        if curl -s -o /dev/null --max-time 2 "http://127.0.0.1:$port/img/favicon.svg"; then return; fi
        if ! kill -0 "$nginx_pid" 2>/dev/null; then
            fail "nginx did not start; see $folder/logs/error.log"
        fi
        sleep 0.1
    done
    fail "nginx did not answer on port $port within 10 s; see $folder/logs/error.log"
}

stop_nginx() {
    if [ -n "${nginx_pid:-}" ] && kill -0 "$nginx_pid" 2>/dev/null; then
        kill -TERM "$nginx_pid" 2>/dev/null || true
        wait "$nginx_pid" 2>/dev/null || true
    fi
    nginx_pid=
}
