// A server of the test in front of a shop, and a browser that nobody steers. A page that is steered through Playwright is only fetched
// ahead where it should be prerendered; without it, the pages say themselves what they see.
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const lab = require('./lab');

/*
 * A server in front of a shop; what it has no answer for, it passes on.
 *   answers   { '/path': (request with its body as .text, response) => ... }
 *   late      (path) => a promise that the shop's answer waits for, or nothing
 *   script    the path of a script that each page of the shop gets as its first
 * Gives { url, asked: [{ method, url, headers }] of what was passed on, stop() }.
 */
async function front(shop, { answers = {}, late = () => {}, script = '' } = {}) {
  const asked = [];
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks), [where] = request.url.split('?'), own = answers[where];
    if (own) {
      own(Object.assign(request, { text: body.toString() }), response);
      return;
    }
    asked.push({ method: request.method, url: request.url, headers: request.headers });
    const passed = http.request({ host: '127.0.0.1', port: shop.port, method: request.method, path: request.url,
      headers: { ...request.headers, 'accept-encoding': 'identity' } }, async (answer) => {
      const parts = [], { 'content-length': length, 'transfer-encoding': coding, ...headers } = answer.headers;
      for await (const part of answer) parts.push(part);
      let sent = Buffer.concat(parts);
      if (script && /^text\/html/.test(headers['content-type'])) sent = Buffer.from(sent.toString().replace('<head>', `<head><script src="${script}"></script>`));
      await late(where);
      response.writeHead(answer.statusCode, headers);
      response.end(sent);
    });
    passed.once('error', () => response.destroy());
    passed.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`, asked,
    stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  };
}

/* Debian's Chromium with a profile of its own, at an address, and nothing attached to it. Gives { stop() }. */
function unattended(url) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'dynstore-c-'));
  const child = lab.run(lab.chromiumBinary, ['--headless=new', '--no-first-run', '--window-size=1280,3000', `--user-data-dir=${profile}`, ...lab.switches, url], { detached: true });
  return {
    async stop() {
      child.kill('SIGTERM');
      await lab.ended(child);
      // of its processes one may go on writing into the profile
      try { process.kill(-child.pid, 'SIGKILL'); } catch {}
      fs.rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

module.exports = { front, unattended };
