// The headless example: React renders dynstore's decision on the server, takes the page over in the browser, and follows the shopper.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const lab = require('./lib/lab');

const example = path.join(lab.top, 'web/headless-example');
const words = fs.readFileSync(path.join(lab.top, 'docs/headless.md'), 'utf8');
const [, conf] = /```nginx\n(.*?)```/s.exec(words);
let shop, server, chromium;

before(async () => {
  execFileSync('npm', ['run', 'build'], { cwd: example, stdio: 'pipe' });
  const port = await lab.freePort();
  // on ports of this test
  shop = await lab.start({ own: (front) => conf.replace('127.0.0.1:8080', `127.0.0.1:${front}`).replace('127.0.0.1:3000', `127.0.0.1:${port}`), catalog: path.join(example, 'products.jsonl'),
    events: path.join(example, 'events.jsonl') });
  server = spawn('setpriv', ['--pdeathsig', 'KILL', 'node', 'server.js'],
    { cwd: example, stdio: 'inherit', env: { ...process.env, PORT: String(port), DYNSTORE: shop.url } });
  await lab.until(async () => (await fetch(`${shop.url}/products/trail-pack`).catch(() => ({}))).ok, 'the server answers');
  chromium = await lab.browser();
});
after(async () => {
  await chromium?.close();
  server?.kill();
  await shop?.stop();
});

test('without JavaScript the page has its recommendations, and what is put into the cart counts on the next one', async () => {
  const context = await chromium.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${shop.url}/products/trail-pack`);
  assert.ok(await page.locator('.dynstore-item').count() > 0, 'items are shown');
  const [visitor] = await context.cookies();
  assert.equal(visitor.name, 'dyn_vid', 'the visitor has the cookie that nginx gave the server');
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.waitForURL(/products\/trail-pack/);
  await lab.until(() => lab.eventsOf(shop).some(({ code, item }) => code === 'ac' && item === 'trail-pack'), 'the event is in Redis');
  await page.goto(`${shop.url}/products/stove`);
  assert.equal(await page.locator('.dynstore').getAttribute('data-dynstore-rung'), 'session', 'the next page knows of it');
  assert.equal(new Set(lab.eventsOf(shop).filter(({ code }) => code === 'ac').map((event) => event.visitor)).size, 1);
  await context.close();
});

test('the browser takes over what the server rendered, without an error, a flash or a shift', async () => {
  const context = await chromium.newContext();
  const page = await context.newPage();
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { if (!entry.hadRecentInput) window.shift += entry.value; })).observe({ type: 'layout-shift', buffered: true });
    document.addEventListener('readystatechange', () => { window.first = window.first || document.querySelector('.dynstore-item'); });
  });
  await page.goto(`${shop.url}/products/trail-pack`);
  await page.waitForFunction(() => Object.keys(document.querySelector('form')).some((key) => key.startsWith('__react')));
  assert.equal(await page.evaluate(() => window.first !== null && window.first === document.querySelector('.dynstore-item')), true, 'the server\'s elements stay');

  const before = await page.locator('.dynstore').first().getAttribute('data-dynstore-decision');
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByText('Trail Pack is in your cart.').waitFor();
  await page.waitForFunction((id) => document.querySelector('.dynstore').dataset.dynstoreDecision !== id, before);
  assert.deepEqual(await page.locator('[data-dynstore-item="trail-pack"]').count(), 0, 'what is in the cart is not recommended');
  await lab.until(() => lab.eventsOf(shop).filter(({ code, item }) => code === 'ac' && item === 'trail-pack').length === 2, 'the event is in Redis');
  assert.equal(await page.evaluate(() => window.shift), 0, 'nothing moved');
  assert.deepEqual(said, [], 'the console is quiet');
  await context.close();
});

test('a page is seen once, and one that is fetched ahead not at all', async () => {
  const views = () => lab.eventsOf(shop).filter(({ code, item }) => code === 'vi' && item === 'pot').length;
  await fetch(`${shop.url}/products/pot`, { headers: { 'Sec-Purpose': 'prefetch' } });
  assert.equal(views(), 0);
  await fetch(`${shop.url}/products/pot`);
  await lab.until(() => views() === 1, 'the view is in Redis');
});

test('without nginx\'s answer the page comes all the same', async () => {
  const port = await lab.freePort();
  const alone = spawn('setpriv', ['--pdeathsig', 'KILL', 'node', 'server.js'],
    { cwd: example, stdio: 'inherit', env: { ...process.env, PORT: String(port), DYNSTORE: `http://127.0.0.1:${await lab.freePort()}` } });
  const answer = await lab.until(() => fetch(`http://127.0.0.1:${port}/products/trail-pack`).catch(() => null), 'the server answers');
  const html = await answer.text();
  assert.match(html, /Trail Pack/);
  assert.doesNotMatch(html, /dynstore-item/);
  assert.equal((await fetch(`http://127.0.0.1:${port}/products/none`)).status, 404);
  assert.equal((await fetch(`http://127.0.0.1:${port}/..%2f..%2fserver.js`)).status, 404);
  for (const [address, status] of [['/products/%zz', 400], ['/cart?item=none', 404], ['/cart', 404]]) {
    const given = await fetch(`http://127.0.0.1:${port}${address}`, address.startsWith('/cart') ? { method: 'POST' } : {});
    assert.equal(given.status, status, address);
  }
  assert.equal((await fetch(`http://127.0.0.1:${port}/products/trail-pack`)).status, 200, 'and the server is still there');
  alone.kill();
});

test('the commands of the page make a configuration of its server that nginx takes', () => {
  const folder = fs.mkdtempSync(path.join(shop.folder, 'page-'));
  const [commands] = [...words.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text).filter((text) => text.startsWith('sed '));
  fs.writeFileSync(path.join(folder, 'storefront.conf'), conf);
  fs.copyFileSync(path.join(shop.folder, 'store.dyn'), path.join(folder, 'store.dyn'));
  execFileSync('bash', ['-euc', commands.replace('/usr/share/doc/dynstore', lab.top)], { cwd: folder });
  const made = path.join(folder, 'nginx.conf');
  fs.writeFileSync(made, fs.readFileSync(made, 'utf8').replace('/usr/lib/nginx/modules', path.join(lab.top, 'build')));
  execFileSync(process.env.TEST_NGINX_BINARY || '/usr/sbin/nginx', ['-t', '-q', '-p', `${folder}/`, '-c', 'nginx.conf', '-e', 'error.log'], { stdio: 'pipe' });
});
