// The theme app extension, rendered by a Liquid engine, on a shop that nginx is not in front of: everything goes through an app proxy
// that signs what it passes on and takes cookies away on both ways, as Shopify's does.
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { Liquid } = require('liquidjs');
const lab = require('./lib/lab');

const extension = path.join(lab.top, 'web/shopify/extensions/dynstore');
const SECRET = 'hush';

const engine = new Liquid({ root: [path.join(extension, 'snippets')], partials: path.join(extension, 'snippets'), extname: '.liquid' });
engine.registerFilter('asset_url', (name) => `/assets/${name}`);
engine.registerTag('schema', {
  parse(tag, tokens) {
    this.text = '';
    for (let token = tokens.shift(); token && token.name !== 'endschema'; token = tokens.shift()) this.text += token.getText();
  },
  render() { return ''; },
});

function schemaOf(block) {
  const source = fs.readFileSync(path.join(extension, `blocks/${block}.liquid`), 'utf8');
  return JSON.parse(/{% schema %}(.*){% endschema %}/s.exec(source)[1]);
}

const defaults = (block) => Object.fromEntries(schemaOf(block).settings.map(({ id, default: value }) => [id, value]));

function rendered(block, settings, globals) {
  const source = fs.readFileSync(path.join(extension, `blocks/${block}.liquid`), 'utf8');
  return engine.parseAndRenderSync(source, { block: { settings: { ...defaults(block), ...settings }, shopify_attributes: 'data-block' } },
    { globals });
}

const onProduct = (id) => ({ request: { page_type: 'product' }, product: { id } });

// ---- what is rendered ----

test('a block in the theme editor is a place that says what the page is', () => {
  const html = rendered('recommendations', { slot: 'bought_with', items: 4 }, onProduct('tent-02'));
  assert.match(html, /<div class="dynstore-place" data-dynstore-slot="bought_with" data-dynstore-items="4" data-dynstore-surface="pdp" data-dynstore-page-item="tent-02">\s*<\/div>/);
  for (const [type, surface] of [['collection', 'plp'], ['search', 'search'], ['cart', 'cart'], ['index', 'home'], ['article', 'home']]) {
    const other = rendered('recommendations', {}, { request: { page_type: type }, collection: { title: 'Tents & "more"' } });
    assert.ok(other.includes(`data-dynstore-surface="${surface}"`), type);
    if (type === 'collection') assert.ok(other.includes('data-dynstore-page-item="Tents &amp; &#34;more&#34;"'), other);
  }
});

test('behind an nginx of one\'s own it is the mark that nginx looks for', () => {
  assert.match(rendered('recommendations', { mode: 'edge', slot: 'recs' }, onProduct('x')), /<!--dynstore:recs-->/);
});

test('the script is loaded once the page is read, and waits for consent unless the merchant says otherwise', () => {
  const html = rendered('script', {}, onProduct('x')).replace(/\s+/g, ' ');
  assert.match(html, /<script src="\/assets\/dynstore\.js" data-base="\/apps\/dynstore\/" data-cart="\/cart\/add\.js" data-consent="required" defer ?>/);
  assert.match(html, /dynstore-shopify\.js/);
  const open = rendered('script', { consent: false, mode: 'edge' }, onProduct('x')).replace(/\s+/g, ' ');
  assert.match(open, /data-base="\/_dynstore\/" data-cart="\/cart\/add\.js" defer ?>/);
  assert.doesNotMatch(open, /dynstore-shopify/);
});

test('each schema is one that Shopify takes: a name, a target, and settings with defaults', () => {
  for (const block of ['recommendations', 'script']) {
    const schema = schemaOf(block);
    assert.ok(schema.name.length <= 25, 'a block\'s name has at most 25 characters');
    assert.ok(['section', 'body'].includes(schema.target));
    for (const setting of schema.settings) {
      assert.ok(setting.default !== undefined, setting.id);
      if (setting.type === 'select') assert.ok(setting.options.some(({ value }) => value === setting.default), setting.id);
      if (setting.type === 'range') assert.equal((setting.default - setting.min) % setting.step, 0);
    }
  }
});

// ---- a shop whose only way to nginx is the app proxy ----

let edge, shop, chromium;
const seen = [];

function signed(url, customer) {
  const query = new URL(url, 'http://x').searchParams;
  query.set('shop', 'a.myshopify.com');
  query.set('logged_in_customer_id', customer);
  query.set('path_prefix', '/apps/dynstore');
  query.set('timestamp', String(Math.floor(Date.now() / 1000)));
  const names = [...new Set(query.keys())];
  const text = names.map((name) => `${name}=${query.getAll(name).join(',')}`).sort().join('');
  query.set('signature', crypto.createHmac('sha256', SECRET).update(text).digest('hex'));
  return `/proxy${new URL(url, 'http://x').pathname.replace('/apps/dynstore', '')}?${query}`;
}

function storefront(request, response) {
  const url = request.url;
  const body = [];
  request.on('data', (part) => body.push(part));
  request.on('end', () => {
    if (url.startsWith('/apps/dynstore/')) {
      seen.push(url);
      const headers = { ...request.headers };
      delete headers.cookie;
      const passed = http.request(`${edge.url}${signed(url, '')}`, { method: request.method, headers: { ...headers, host: 'proxy.example' } }, (answer) => {
        const back = { ...answer.headers };
        delete back['set-cookie'];
        response.writeHead(answer.statusCode, back);
        answer.pipe(response);
      });
      passed.on('error', () => response.destroy());
      passed.end(Buffer.concat(body));
    } else if (url.startsWith('/assets/')) {
      const name = path.basename(url);
      const file = [path.join(extension, 'assets', name), path.join(lab.top, 'web/sdk/dist', name)].find((one) => fs.existsSync(one));
      response.writeHead(file ? 200 : 404, { 'Content-Type': name.endsWith('.css') ? 'text/css' : 'text/javascript' });
      response.end(file ? fs.readFileSync(file) : '');
    } else if (url.endsWith('.js')) {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(url.startsWith('/cart') ? { items: [] } : { variants: [{ id: 1, available: false }, { id: 2, available: true }] }));
      if (url.startsWith('/cart')) seen.push(`${url} ${Buffer.concat(body)}`);
    } else {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': "default-src 'self'; script-src 'self'; style-src 'self'; require-trusted-types-for 'script'" });
      const globals = onProduct(path.basename(url));
      response.end(`<!doctype html><html lang="en"><title>Shop</title><link rel="stylesheet" href="/assets/dynstore.css"><body><h1>Shop</h1>
${rendered('recommendations', { slot: 'recs', items: 4 }, globals)}${rendered('script', {}, globals)}</body></html>`);
    }
  });
}

before(async () => {
  edge = await lab.start({
    files: { hush: SECRET },
    server: `location /proxy/ { dynstore_app_proxy secret_file=hush; dynstore_consent $arg_consent; return 404;
      location = /proxy/rec { dynstore_fragment; } location = /proxy/event { dynstore_events; } }`,
  });
  shop = http.createServer(storefront);
  await new Promise((resolve) => shop.listen(0, '127.0.0.1', resolve));
  shop.url = `http://127.0.0.1:${shop.address().port}`;
  chromium = await lab.browser();
});
after(async () => {
  await chromium?.close();
  shop?.closeAllConnections();
  shop?.close();
  await edge?.stop();
});

test('after consent the block comes through the app proxy, and what the shopper does counts in the next one', async () => {
  const page = await chromium.newPage();
  const errors = [];
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`${shop.url}/products/tent-02`);
  await page.locator('section.dynstore-recs').waitFor();
  assert.equal(await page.locator('section.dynstore-recs').getAttribute('data-dynstore-rung'), 'context', 'before consent the block is made from the page alone');
  assert.deepEqual(await page.context().cookies(), [], 'before consent there is no cookie');
  assert.equal(await page.evaluate(() => localStorage.length), 0, 'and nothing is kept');
  assert.deepEqual(edge.redis('KEYS', '*'), [], 'and Redis has nothing');

  await page.evaluate(() => document.dispatchEvent(new CustomEvent('visitorConsentCollected',
    { detail: { preferencesAllowed: true, analyticsAllowed: true } })));
  const visitor = await lab.until(() => page.evaluate(() => localStorage.getItem('dynstore.visitor')), 'the page is told a name');
  assert.match(visitor, /^[0-9a-f]{32}\.[0-9a-f]{16}$/, 'the page keeps the name that it was told');

  await page.evaluate(() => window.dynstore.track({ event: 'add_to_cart', item_id: 'pack-02', quantity: 1 }));
  await lab.until(() => lab.eventsOf(edge).some((event) => event.code === 'ac' && event.item === 'pack-02'), 'the event is in Redis');
  await page.reload();
  const block = page.locator('section.dynstore-recs[data-dynstore-rung="session"]');
  await block.waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem('dynstore.visitor')), visitor, 'it is the same visitor');
  assert.equal(new Set(lab.eventsOf(edge).map((event) => event.visitor)).size, 1, 'of whom alone there are events');

  const cta = page.locator('.dynstore-cta[data-dynstore-action="add_to_cart"]').first();
  if (await cta.count()) {
    await cta.click();
    await lab.until(() => seen.some((line) => line === '/cart/add.js id=2&quantity=1'), 'the variant that can be bought is in the cart');
    assert.equal(page.url(), `${shop.url}/products/tent-02`, 'without leaving the page');
  }
  assert.deepEqual(errors, [], 'the console is quiet');
  await page.close();
});
