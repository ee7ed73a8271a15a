# dynstore: nginx module, command line, tests.   make help
BUILD      := build
SRC        := ngx_http_dynstore_module
# another nginx tree to build the module against (then only --with-compat is assumed)
NGINX_SRC  ?= /usr/share/nginx/src
CC         ?= cc
CLANG      ?= clang
OPT        ?= -O2
DESTDIR    ?=
PREFIX     ?= /usr
MODULES_PATH ?= /usr/lib/nginx/modules

find        = $(sort $(shell find $(1) -name '$(2)' 2>/dev/null))
# what nginx and the command line share
ENGINE_SRCS := $(call find,$(SRC)/engine $(SRC)/redis,*.c)
CLI_SRCS    := $(call find,$(SRC)/cli,*.c)
NGINX_SRCS  := $(call find,$(SRC)/nginx,*.c)
HEADERS     := $(call find,$(SRC),*.h)
UNIT_SRCS   := $(sort $(wildcard t/unit/test_*.c))
UNIT_COMMON := $(filter-out $(UNIT_SRCS),$(sort $(wildcard t/unit/*.c)))
FUZZ_SRCS   := $(sort $(wildcard fuzz/fuzz_*.c))
MAN_PAGES   := $(sort $(wildcard docs/*.1 docs/man/*.1 $(SRC)/cli/*.1))
CLI_MAIN    := $(SRC)/cli/main.c
# what unit tests and fuzz targets link: everything but main()
LIB_SRCS    := $(ENGINE_SRCS) $(filter-out $(CLI_MAIN),$(CLI_SRCS))

INCLUDES   := -I$(SRC) -It/unit
WARNINGS   := -Wall -Wextra -Wshadow -Wconversion -Werror
FLAGS      := -std=gnu11 -g -ffp-contract=off -pthread $(WARNINGS) $(INCLUDES) -MMD -MP
SAN        := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LIBS       := -l:libhiredis.a -Wl,--as-needed -ljansson -lpcre2-8 -lcrypto -lstemmer -lutf8proc -lexpat -lncursesw -ltinfo -lz -lm -pthread
MODULE     := $(BUILD)/ngx_http_dynstore_module.so
DYNSTORE   := $(BUILD)/dynstore

MODULE_MAIN := $(SRC)/nginx/module.c
all: $(if $(wildcard $(MODULE_MAIN)),module) cli

help:
	@sed -n 's/^## //p' Makefile

## make deps           install the Debian packages that building and running need; deps-test: also what tests, lint, fuzz, benches do
deps:
	@tools/deps run
deps-test:
	@tools/deps run demo test

# ---- command line, unit tests, fuzz targets: objects in build/obj/{plain,san,fuzz}/ ----
# V=1 shows whole command lines
run   = $(if $(V),,@echo '$(1) $@' &&) $(2)
plain = $(patsubst %.c,$(BUILD)/obj/plain/%.o,$(1))
san   = $(patsubst %.c,$(BUILD)/obj/san/%.o,$(1))
fuzz  = $(patsubst %.c,$(BUILD)/obj/fuzz/%.o,$(1))

$(BUILD)/obj/plain/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call run,CC,$(CC) $(FLAGS) $(OPT) -c -o $@ $<)
$(BUILD)/obj/san/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call run,CC,$(CLANG) $(FLAGS) -O1 $(SAN) -c -o $@ $<)
$(BUILD)/obj/fuzz/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call run,CC,$(CLANG) $(FLAGS) -O1 $(SAN) -fsanitize=fuzzer-no-link -c -o $@ $<)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.SECONDARY:

## make cli            build/dynstore
cli: $(if $(wildcard $(CLI_MAIN)),$(DYNSTORE))
$(DYNSTORE): $(call plain,$(ENGINE_SRCS) $(CLI_SRCS))
	$(call run,LD,$(CC) -o $@ $^ $(LIBS))

UNITS     := $(patsubst t/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRCS))
UNITS_SAN := $(patsubst t/unit/%.c,$(BUILD)/unit-san/%,$(UNIT_SRCS))
$(BUILD)/unit/%: $(BUILD)/obj/plain/t/unit/%.o $(call plain,$(UNIT_COMMON) $(LIB_SRCS))
	@mkdir -p $(@D)
	$(call run,LD,$(CC) -o $@ $^ -lcmocka $(LIBS))
$(BUILD)/unit-san/%: $(BUILD)/obj/san/t/unit/%.o $(call san,$(UNIT_COMMON) $(LIB_SRCS))
	@mkdir -p $(@D)
	$(call run,LD,$(CLANG) $(SAN) -o $@ $^ -lcmocka $(LIBS))

## make unit           cmocka programs t/unit/test_*.c  (unit-san: with ASan and UBSan)
unit: $(UNITS)
	@nice tools/units unit $(UNITS)
unit-san: $(UNITS_SAN)
	@nice tools/units unit-san $(UNITS_SAN)

## make test-demo      the sample shop's data and pages; test-backend: its own backend
test-demo:
	@python3 -B t/demo/test_sample_shop.py
test-backend:
	@python3 -B t/demo/test_shop_backend.py

## make stories        shopping stories t/stories/ on the sample shop, decided by the command and over HTTP (STORIES='t/stories/a.json' walks some)
stories: all
	@tools/tap stories -I t/lib t/shop/stories.t

## make shoppers       simulated shoppers go through nginx and Redis, and a report has to find what was planted in their experiments
shoppers: all
	@tools/tap shoppers -I t/lib t/shop/experiments.t

## make replays        REPLAYS=10000 decisions of the sample shop are recorded and made again, byte for byte, elsewhere too
REPLAYS ?= 10000
replays: all
	@REPLAY_DECISIONS=$(REPLAYS) tools/tap replays -I t/lib t/shop/replay.t
test-replay: all
	@tools/tap test-replay -I t/lib t/shop/replay.t

## make test-truth     reasons and titles counted again from the sample shop's files (TRUTH='--visits 500 --figures': more of them)
TRUTH ?= --visits 60
test-truth: cli
	@nice t/truth/check $(TRUTH)

# ---- the module: configured once in build/nginx, again when sources, flags or nginx change ----
# -O3 for the loops of the engine
MODULE_OPT := $(patsubst -O2,-O3,$(OPT)) -g -fstack-protector-strong -Wformat -Werror=format-security -D_FORTIFY_SOURCE=2 -fno-semantic-interposition
## make module         build/ngx_http_dynstore_module.so for the installed nginx (NGINX_SRC= for another source tree)
module: $(if $(NGINX_SRCS),$(MODULE))

$(BUILD)/nginx.key: FORCE
	@mkdir -p $(@D)
	@{ echo '$(CURDIR) $(NGINX_SRC) $(MODULE_OPT)'; echo $(ENGINE_SRCS) $(NGINX_SRCS) $(HEADERS) | tr ' ' '\n'; \
	   cksum config Makefile tools/configure-nginx $(wildcard $(NGINX_SRC)/conf_flags $(NGINX_SRC)/src/core/nginx.h); } >$@.$$$$; \
	cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@
$(BUILD)/nginx/objs/Makefile: $(BUILD)/nginx.key
	tools/configure-nginx $(BUILD)/nginx $(NGINX_SRC) --with-cc-opt='$(MODULE_OPT)' \
	    --with-ld-opt='-Wl,-z,relro -Wl,-z,now' --add-dynamic-module='$(CURDIR)'
$(MODULE): $(BUILD)/nginx/objs/Makefile $(ENGINE_SRCS) $(NGINX_SRCS) $(HEADERS) tools/exports.map
	$(MAKE) -s --no-print-directory -C $(BUILD)/nginx -f objs/Makefile modules
	cp $(BUILD)/nginx/objs/$(@F) $@.new && mv $@.new $@

## make symbols        the module exports nginx's three symbols and nothing else
symbols: module
	@tools/check-symbols $(MODULE)

## make test-cli       the command line from outside, and what its pages show: t/cli/*.t
test-cli: cli
	@tools/tap cli -I t/lib $(sort $(wildcard t/cli/*.t))

## make test-browser   t/browser/*.test.js: pages in Debian's Chromium (BROWSER_TESTS='t/browser/a.test.js' runs some)
BROWSER_TESTS ?= $(sort $(wildcard t/browser/*.test.js))
test-browser: all
	@tools/browser $(BROWSER_TESTS)

# ---- suites over nginx ----
SUITES ?= $(sort $(wildcard t/*.t))
MODES  := nginx h2 hup valgrind
## make test-nginx     suites t/*.t (SUITES='t/a.t t/b.t' runs some); test-h2, test-hup, test-valgrind, test-asan: in that mode
$(MODES:%=test-%): test-%: all
	@tools/suites $* $(SUITES)
test-asan: asan cli
	@tools/suites asan $(SUITES)

SAN_OPT := -O1 -g -fsanitize=address,undefined -fno-sanitize=nonnull-attribute,pointer-overflow,alignment,function \
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer -fsanitize-address-use-odr-indicator -DNGX_DEBUG_PALLOC=1
# nginx itself passes NULL with length 0 and is not aligned everywhere; every module brings symbols of the same names (ngx_modules),
# and the odr indicator keeps one from poisoning what lies behind the other
## make asan           build/asan: nginx and the module with ASan and UBSan
asan: $(if $(NGINX_SRCS),$(BUILD)/asan/objs/nginx)
$(BUILD)/asan/objs/Makefile: $(BUILD)/nginx.key
	tools/nginx-source $(BUILD)/nginx-source
	tools/configure-nginx $(BUILD)/asan $(BUILD)/nginx-source --with-cc=$(CLANG) --with-cc-opt='$(SAN_OPT)' \
	    --with-ld-opt='-fsanitize=address,undefined' --with-debug --with-http_addition_module --with-http_sub_module \
	    --with-http_gunzip_module --with-http_gzip_static_module --with-http_realip_module --with-http_slice_module \
	    --with-http_stub_status_module --with-http_auth_request_module --with-pcre-jit --add-dynamic-module='$(CURDIR)'
$(BUILD)/asan/objs/nginx: $(BUILD)/asan/objs/Makefile $(ENGINE_SRCS) $(NGINX_SRCS) $(HEADERS)
	$(MAKE) -s --no-print-directory -C $(BUILD)/asan -f objs/Makefile binary modules
	@touch $@

## make nodebug        the module compiles against an nginx without --with-debug, too
nodebug: $(if $(NGINX_SRCS),$(BUILD)/nodebug/objs/ngx_http_dynstore_module.so)
$(BUILD)/nodebug/objs/Makefile: $(BUILD)/nginx.key
	DYN_NGINX_DROP=--with-debug tools/configure-nginx $(BUILD)/nodebug $(NGINX_SRC) --with-cc-opt='$(MODULE_OPT)' \
	    --add-dynamic-module='$(CURDIR)'
$(BUILD)/nodebug/objs/ngx_http_dynstore_module.so: $(BUILD)/nodebug/objs/Makefile $(ENGINE_SRCS) $(NGINX_SRCS) $(HEADERS)
	$(MAKE) -s --no-print-directory -C $(BUILD)/nodebug -f objs/Makefile modules

# what checks need is built before they run at the same time, so that no two of them build one file
built: all $(UNITS) $(UNITS_SAN) nodebug bench-tools

# everything that has to pass, what takes long first; each runner closes with one line "NAME: N passed, N failed"
CHECKS := test-nginx test-h2 test-browser soak faults shoppers stories test-replay test-truth test-cli unit-san unit test-demo test-backend demo-check symbols nodebug
## make test           deps-test, then all of CHECKS in the Makefile, three at a time (CHECKS_AT_ONCE=)
test: deps-test
	@tools/checks --first built $(CHECKS)

# ---- lint, fuzz ----
# headers are laid out by hand: their tables are read more often than written
FORMATTED  := $(ENGINE_SRCS) $(CLI_SRCS) $(wildcard t/unit/*.c fuzz/*.c)
SCRIPTS    := $(shell grep -lsrE --exclude-dir=node_modules '^.!/.*(bash|/sh)$$' .ci tools demo bench t 2>/dev/null)
## make format         clang-format over engine, redis, cli, t/unit, fuzz
format:
	clang-format -i $(FORMATTED)
## make lint           format, engine, redis and cli compiled by gcc and clang, clang-tidy, includes, stock and price, shellcheck, mandoc
objects: $(foreach flavour,plain san,$(call $(flavour),$(ENGINE_SRCS) $(CLI_SRCS)))
lint: deps-test
	@FLAGS='$(filter-out -MMD -MP,$(FLAGS))' tools/lint \
	    "$(FORMATTED)" "$(ENGINE_SRCS) $(CLI_SRCS)" "$(SCRIPTS)" "$(MAN_PAGES)"

FUZZ_SECONDS ?= 5
FUZZERS := $(patsubst fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRCS))
# this one reads what the module makes of replies, with nginx's headers and nginx's warnings
$(BUILD)/obj/fuzz/fuzz/fuzz_resp.o: FLAGS += -Wno-conversion -Wno-sign-compare -Wno-unused-parameter -isystem $(BUILD)/nginx/objs \
    $(foreach d,core event event/modules os/unix http http/modules http/v2,-isystem $(NGINX_SRC)/src/$(d))
$(BUILD)/obj/fuzz/fuzz/fuzz_resp.o: | $(BUILD)/nginx/objs/Makefile
$(BUILD)/fuzz/%: $(BUILD)/obj/fuzz/fuzz/%.o $(call fuzz,$(LIB_SRCS))
	@mkdir -p $(@D)
	$(call run,LD,$(CLANG) $(SAN) -fsanitize=fuzzer -o $@ $^ $(LIBS))
## make fuzz           each fuzz/fuzz_NAME.c for FUZZ_SECONDS=5, seeds in fuzz/corpus/NAME/
fuzz: $(FUZZERS)
	@tools/fuzz $(FUZZ_SECONDS) $(FUZZERS)
## make ci             what continuous integration runs: test and lint at the same time, then fuzz
built-fuzz: built $(FUZZERS)
ci: deps-test
	@tools/checks --first built-fuzz lint $(CHECKS); status=$$?; tools/checks fuzz && exit $$status

REQUESTS ?= 200000
## make fuzz-requests  REQUESTS=200000 random requests to nginx and the module with ASan and UBSan (SEED= repeats them)
fuzz-requests: asan bench-tools
	@NGINX=$(CURDIR)/$(BUILD)/asan/objs/nginx MODULE=$(CURDIR)/$(BUILD)/asan/objs/ngx_http_dynstore_module.so \
	    fuzz/requests $(REQUESTS) $(SEED)

# ---- demo, bench, install ----
## make demo           the sample shop on this machine (DEMO_PORT=, DEMO_CONSENT=required, DEMO_TIMEOUT=); demo-check walks through it unattended
demo:
	@tools/deps run demo
	@$(MAKE) --no-print-directory all
	@demo/run
demo-check:
	@tools/deps run demo
	@$(MAKE) --no-print-directory all
	@demo/check
BENCH_TOOLS := $(patsubst bench/%.c,$(BUILD)/bench/%,$(filter-out bench/frozen.c,$(wildcard bench/*.c)))
bench-tools: all $(BENCH_TOOLS)
## make bench          time to first byte, faults of Redis, throughput and what it is made of, a model of real size, soak: docs/performance.md
bench: bench-tools
	@bench/run
## make soak           a short soak: aborts and reloads; faults: Redis failing in every way, judged without times
soak: bench-tools
	@bench/soak 12000
faults: bench-tools
	@bench/faults --quick

# ---- what the benches measure with, and microbenches of the engine: bench/NAME.c -> build/bench/NAME ----
$(BUILD)/bench/client $(BUILD)/bench/backend: $(BUILD)/bench/%: $(BUILD)/obj/plain/bench/%.o
	@mkdir -p $(@D)
	$(call run,LD,$(CC) -o $@ $^)
$(BUILD)/bench/%: $(BUILD)/obj/plain/bench/%.o $(call plain,$(UNIT_COMMON) $(LIB_SRCS))
	@mkdir -p $(@D)
	$(call run,LD,$(CC) -o $@ $^ -lcmocka $(LIBS))

# what install puts where: uninstall takes away the same
MANDIR     := $(PREFIX)/share/man/man1
SHAREDIR   := $(PREFIX)/share/dynstore
CONFDIR    := $(PREFIX)/share/doc/dynstore/conf.examples
EXAMPLES   := $(sort $(wildcard conf.examples/*))
WEB        := $(sort $(wildcard web/sdk/dist/*))
installed   = $(addprefix $(DESTDIR)$(1)/,$(notdir $(2)))
INSTALLED  := $(call installed,$(MODULES_PATH),$(MODULE)) $(call installed,$(PREFIX)/bin,$(DYNSTORE)) \
    $(call installed,$(MANDIR),$(MAN_PAGES)) $(call installed,$(SHAREDIR),$(WEB)) $(call installed,$(CONFDIR),$(EXAMPLES))
## make install        DESTDIR= PREFIX=/usr MODULES_PATH=/usr/lib/nginx/modules; uninstall: with the same words, takes it away
install: all
	install -d $(addprefix $(DESTDIR),$(MODULES_PATH) $(PREFIX)/bin $(MANDIR) $(SHAREDIR) $(CONFDIR))
	install -m 644 $(MODULE) $(DESTDIR)$(MODULES_PATH)/
	install -m 755 $(DYNSTORE) $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(MAN_PAGES) $(DESTDIR)$(MANDIR)/
	install -m 644 $(WEB) $(DESTDIR)$(SHAREDIR)/
	install -m 644 $(EXAMPLES) $(DESTDIR)$(CONFDIR)/
uninstall:
	rm -f $(INSTALLED)
	@rmdir $(DESTDIR)$(SHAREDIR) $(DESTDIR)$(CONFDIR) $(patsubst %/,%,$(dir $(DESTDIR)$(CONFDIR))) 2>/dev/null || true

clean:
	rm -rf $(BUILD)

FORCE:
.PHONY: all help deps deps-test built built-fuzz ci objects cli unit unit-san test-browser test-cli test-demo test-backend stories shoppers replays test-replay test-truth module symbols $(MODES:%=test-%) test-asan asan nodebug test format lint \
        fuzz fuzz-requests demo demo-check bench bench-tools soak faults install uninstall clean FORCE
