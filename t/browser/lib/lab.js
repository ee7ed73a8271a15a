// What browser tests stand on: a Redis and an nginx with the module, or the sample shop, each in a folder and on a port of its own;
// and Debian's Chromium. Everything ends with the test, also when that is killed.
'use strict';

const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { chromium } = require('playwright-core');

const top = path.resolve(__dirname, '../../..');
const nginxBinary = process.env.TEST_NGINX_BINARY || '/usr/sbin/nginx';
const root = process.getuid() === 0;

// below the range that outgoing connections take their ports from, and below the ports of the suites
function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(freePort()));
    probe.listen(14000 + Math.floor(Math.random() * 6000), '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function until(condition, what, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${seconds} s`);
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}

// `ends`: the signal that it gets when the test is killed
function run(command, args, { ends = 'KILL', ...options } = {}) {
  return spawn('setpriv', ['--pdeathsig', ends, command, ...args], { stdio: 'ignore', ...options });
}

function ended(child) {
  return child.exitCode !== null || child.signalCode !== null ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', resolve));
}

// A reply as redis-cli has it in JSON.
function command(where, words) {
  return JSON.parse(execFileSync('redis-cli', [...where, '--json', ...words.map(String)], { encoding: 'utf8' }));
}

/*
 * An nginx with the module over a catalogue and pages.
 *   pages      { 'index.html': text }, served as the shop's backend would
 *   files      { name: text } beside nginx.conf, which only nginx may read
 *   server     more lines for the server in front; http: for http{}
 *   catalog, events: files for `dynstore build` (those of t/fixtures); events '': none
 *   redis      more words of dynstore_redis
 *   own        (port) => the whole server in front, as a page of docs/ shows it
 * Gives { url, port, folder, redis(...words), log(), stop() }.
 */
async function start({ pages = {}, files = {}, server = '', http = '', catalog = 't/fixtures/catalog.jsonl', events = 't/fixtures/events.jsonl',
  redis = '', own } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dynstore-b-'));
  fs.chmodSync(folder, 0o755);
  for (const name of ['logs', 'temp', 'pages']) fs.mkdirSync(path.join(folder, name));
  for (const [name, text] of Object.entries(pages)) {
    fs.mkdirSync(path.dirname(path.join(folder, 'pages', name)), { recursive: true });
    fs.writeFileSync(path.join(folder, 'pages', name), text);
  }
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
  execFileSync('build/dynstore', ['build', '--catalog', catalog, ...(events ? ['--events', events] : []), '-o', path.join(folder, 'store.dyn')],
    { cwd: top, stdio: 'pipe' });

  const [redisPort, port, backend] = [await freePort(), await freePort(), await freePort()];
  fs.writeFileSync(path.join(folder, 'nginx.conf'), `
load_module ${top}/build/ngx_http_dynstore_module.so;
daemon off;
master_process off;
${root ? 'user root;' : ''}
pid nginx.pid;
error_log logs/error.log info;
events { worker_connections 256; }
http {
    types { text/html html; text/javascript js; text/css css; image/svg+xml svg; application/json json; }
    access_log logs/access.log;
    client_body_temp_path temp/body;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;
    dynstore_zone zone=dynstore:1m;
    dynstore_snapshot store.dyn;
    dynstore_redis redis://127.0.0.1:${redisPort} ${redis};
    dynstore_visitor key=dynstore.key;
    dynstore_bot 0;
    dynstore_timeout 1s;
    dynstore_limit off;
    ${http}
    server { listen 127.0.0.1:${backend}; access_log off; root pages; charset utf-8; location / { try_files $uri $uri.html $uri/index.html =404; } }
    ${own ? own(port) : `server {
        listen 127.0.0.1:${port};
        location = /_dynstore/rec { dynstore_fragment; }
        location = /_dynstore/event { dynstore_events; }
        location = /_dynstore/status { dynstore_status; }
        ${server}
        location / { proxy_pass http://127.0.0.1:${backend}; }
    }`}
}
`);
  const store = run('redis-server', ['--port', redisPort, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]);
  await until(() => listens(redisPort), 'Redis answers');
  const nginx = run(nginxBinary, ['-p', `${folder}/`, '-c', 'nginx.conf', '-e', 'logs/error.log']);
  const log = () => fs.readFileSync(path.join(folder, 'logs/error.log'), 'utf8');
  await until(async () => {
    if (nginx.exitCode !== null) {
      store.kill('SIGTERM');
      throw new Error(log());
    }
    return listens(port);
  }, 'nginx answers');

  return {
    url: `http://127.0.0.1:${port}`, port, folder, log,
    redis: (...words) => command(['-h', '127.0.0.1', '-p', String(redisPort)], words),
    async stop() {
      nginx.kill('SIGTERM');
      store.kill('SIGTERM');
      await Promise.all([ended(nginx), ended(store)]);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/* The sample shop as `make demo` opens it, on a machine as busy as may be, with `env` in its environment. Gives { url, port, folder, child, redis(...words), stop() }. */
async function demo(env = {}) {
  const port = await freePort();
  // by SIGTERM it ends what it started
  const child = run('demo/run', [], { ends: 'TERM', cwd: top, env: { DEMO_TIMEOUT: '5s', ...process.env, ...env, DEMO_PORT: String(port) } });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (child.exitCode !== null) throw new Error('demo/run ended: run it by hand to see why');
    return listens(port) && (await fetch(url).catch(() => ({}))).ok;
  }, 'the sample shop opens', 300).catch((error) => { // its pages are made first, which takes a while on a busy machine
    child.kill('SIGTERM');
    throw error;
  });
  const folder = path.join(top, `build/demo/run.${port}`);
  return {
    url, port, folder, child,
    // a socket's path may have 107 bytes, a checkout's path more
    redis: (...words) => JSON.parse(execFileSync('redis-cli', ['-s', 'redis.sock', '--json', ...words.map(String)],
      { encoding: 'utf8', cwd: folder })),
    async stop() {
      child.kill('SIGTERM');
      await ended(child);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

// without "Headless", which dynstore_bot takes for a robot's
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

const chromiumBinary = process.env.CHROMIUM || '/usr/bin/chromium';

/* Of Chromium. As root it has no sandbox of its own: pages come from this machine alone. */
const switches = [`--user-agent=${AGENT}`, ...(root ? ['--no-sandbox'] : [])];

/* Debian's Chromium without a window, for shoppers. */
function browser({ args = [], ...options } = {}) {
  return chromium.launch({ executablePath: chromiumBinary, headless: true, args: [...switches, ...args], ...options });
}

/* All events that are in the stream, oldest first, as the words of docs/data-model.md: { visitor, text, code, item, fields }. */
function eventsOf(lab) {
  return lab.redis('XRANGE', 'dyn:events', '-', '+').map(([, pairs]) => {
    const entry = {};
    for (let i = 0; i < pairs.length; i += 2) entry[pairs[i]] = pairs[i + 1];
    const [code, , item, ...rest] = (entry.e || '').split(' ');
    const fields = Object.fromEntries(rest.map((word) => [word.slice(0, word.indexOf('=')), decodeURIComponent(word.slice(word.indexOf('=') + 1))]));
    return { visitor: entry.v, text: entry.e, code, item: item && decodeURIComponent(item), fields };
  }).filter((event) => event.text);
}

module.exports = { top, start, demo, browser, chromiumBinary, switches, eventsOf, until, freePort, run, ended };
