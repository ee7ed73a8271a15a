// How the sample shop looks and is used: accessibility of every kind of page, layout that stays, links that lead somewhere, and the panel.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const lab = require('./lib/sample');

const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const PAGES = ['/', '/c/tents', '/c/packs?kind=Day+packs', '/products/trail-pack-30', '/products/windkuppe-3', '/cart', '/checkout', '/search?q=tent',
  '/search?q=xyz', '/wishlist', '/compare', '/help/delivery', '/help/contact', '/nothing-here', '/?lang=de', '/?lang=en&dynstore-panel',
  '/?utm_source=search&utm_campaign=high-routes&utm_term=alpine+boots'];
const visit = lab.sample();

/* A shopper who compares tents, hesitates, and has a harness in the cart, so that pages have blocks of every kind. */
async function shopper(t, options) {
  const context = await visit.chromium.newContext({ viewport: { width: 1400, height: 900 }, reducedMotion: 'reduce', ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  for (const id of ['windkuppe-2', 'hugelland-2', 'windkuppe-3', 'windkuppe-2', 'hugelland-2', 'windkuppe-2']) {
    await page.goto(`${visit.shop.url}/products/${id}`, { waitUntil: 'domcontentloaded' });
  }
  await page.request.post(`${visit.shop.url}/cart/add`, { form: { id: 'vertikal-harness', variant: 'M', quantity: 1 } });
  await page.request.post(`${visit.shop.url}/_dynstore/event`, { data: { event: 'add_to_cart', item_id: 'vertikal-harness', quantity: 1, price: 69, currency: 'EUR' } });
  return page;
}

const settled = (page) => (page.url().includes('panel') ? page.locator('.panel-status:not(:empty)').waitFor() : null);

for (const [width, colorScheme] of [[390, 'light'], [390, 'dark'], [768, 'light'], [1400, 'light'], [1400, 'dark']]) {
  test(`axe has nothing to say of any kind of page, ${width} px wide and ${colorScheme}`, async (t) => {
    const page = await shopper(t, { viewport: { width, height: 900 }, colorScheme, bypassCSP: true }); // axe is a script of ours, not of the page
    for (const address of PAGES) {
      await page.goto(visit.shop.url + address);
      await settled(page);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      assert.deepEqual(violations.map(({ id, nodes }) => `${address}: ${id}: ${nodes[0].html}`), []);
    }
  });
}

/* [name, where it leads] of what is pressed or filled in within `main`, as the browser tells assistive technology. */
async function named(page) {
  const client = await page.context().newCDPSession(page), found = [];
  const main = await client.send('Runtime.evaluate', { expression: 'document.querySelector("main")' });
  for (const role of ['link', 'button', 'combobox', 'textbox', 'searchbox', 'spinbutton']) {
    const { nodes } = await client.send('Accessibility.queryAXTree', { objectId: main.result.objectId, role });
    for (const { ignored, name, backendDOMNodeId } of nodes) {
      if (ignored) continue;
      const { object } = await client.send('DOM.resolveNode', { backendNodeId: backendDOMNodeId });
      const { result } = await client.send('Runtime.callFunctionOn', { objectId: object.objectId, functionDeclaration: `function () {
        const fields = this.form ? [...new FormData(this.form)].join() : '';
        return this.href || [this.id, this.name, this.getAttribute('popovertarget'), this.form && this.form.action, fields].join(' ');
      }`, returnByValue: true });
      found.push([`${role}: ${name?.value ?? ''}`, result.value]);
    }
  }
  await client.detach();
  return found;
}

test('no two links, buttons or fields of a page have the same name and lead to different places', async (t) => {
  const page = await shopper(t, {});
  let pressed = 0, blocks = 0;
  await page.request.post(`${visit.shop.url}/cart/add`, { form: { id: 'trail-pack-30', variant: 'Moss', quantity: 2 } });
  for (const id of ['trail-pack-30', 'windkuppe-2']) {
    for (const use of ['wishlist', 'compare']) await page.request.post(`${visit.shop.url}/${use}/add`, { form: { id } });
  }
  for (const address of PAGES) {
    await page.goto(visit.shop.url + address);
    await settled(page);
    blocks += await page.locator('main .dynstore-cta').count();
    const targets = new Map(), same = [];
    for (const [name, target] of await named(page)) {
      pressed++;
      if (name.endsWith(': ') || (targets.has(name) && targets.get(name) !== target)) same.push(`${name} -> ${targets.get(name)}, ${target}`);
      targets.set(name, target);
    }
    assert.deepEqual(same, [], address);
  }
  assert.ok(pressed > 500 && blocks > 50, `${pressed} named, ${blocks} of blocks`);
});

// looked at by people: build/screenshots/ has them after each run
test('the shop is bright by day and dark by night, and pictures of both are kept', async (t) => {
  const folder = path.join(lab.top, 'build/screenshots');
  fs.mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    const page = await shopper(t, { colorScheme });
    // the panel stays open from page to page, so it comes last
    const pages = [['home', '/'], ['list', '/c/tents'], ['product', '/products/windkuppe-3'], ['cart', '/cart'], ['search', '/search?q=tent'],
      ['german', '/?lang=de'], ['panel', '/?lang=en&dynstore-panel']];
    for (const [name, address] of pages) {
      for (const width of [390, 768, 1400]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(visit.shop.url + address);
        await settled(page);
        await page.evaluate(() => Promise.all([...document.images].map((image) => {
          image.loading = 'eager';
          return image.decode().catch(() => 0);
        })));
        await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: name !== 'panel' });
        const [red] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
        assert.ok(colorScheme === 'dark' ? red < 80 : red > 180, `${address} at ${width} px: ${red} of red in the ground`);
      }
    }
  }
});

test('all that a page loads is less than 150 KB as it is sent, for every kind of page', async (t) => {
  const weights = {};
  for (const address of [...PAGES, '/checkout/thanks', '/help/about']) {
    const page = await shopper(t, {});
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    await client.send('Network.setCacheDisabled', { cacheDisabled: true });
    let bytes = 0, files = 0;
    client.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; files++; });
    await page.goto(visit.shop.url + address, { waitUntil: 'networkidle' });
    // and what is loaded once the page is scrolled to its end
    await page.evaluate(() => Promise.all([...document.images].filter((image) => image.checkVisibility()).map((image) => {
      image.loading = 'eager';
      return image.decode().catch(() => 0);
    })));
    await page.context().close();
    assert.ok(files > 3, `${address}: ${files} files`);
    weights[address] = bytes;
  }
  t.diagnostic(JSON.stringify(weights));
  assert.deepEqual(Object.entries(weights).filter(([, bytes]) => bytes >= 150e3), []);
});

test('pages are not wider than the screen, and what is pressed is at least 44 px wide and high', async (t) => {
  for (const width of [390, 768]) {
    const page = await shopper(t, { viewport: { width, height: 900 } });
    for (const address of PAGES) {
      await page.goto(visit.shop.url + address);
      await settled(page);
      assert.deepEqual(await page.evaluate(() => {
        const found = document.documentElement.scrollWidth > innerWidth ? ['wider than the screen'] : [];
        document.querySelectorAll('a, button, input:not([type=hidden]), select, summary').forEach((element) => {
          const target = (/^(checkbox|radio)$/.test(element.type) && element.closest('label')) || element, { width, height } = target.getBoundingClientRect();
          const inText = getComputedStyle(element).display === 'inline' || element.closest('.crumbs, .skip') || element.matches('.skip');
          if (width && element.checkVisibility({ visibilityProperty: true }) && !inText && Math.min(width, height) < 43.5) { found.push(element.outerHTML.slice(0, 120)); }
        });
        return found;
      }), [], address);
    }
  }
});

test('nothing moves while a page is loaded', async (t) => {
  const page = await shopper(t, {});
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.shifted += entry.value; })).observe({ type: 'layout-shift', buffered: true });
  });
  for (const path of ['/', '/c/tents', '/products/windkuppe-3', '/cart', '/search?q=tent']) {
    await page.goto(visit.shop.url + path, { waitUntil: 'networkidle' });
    assert.equal(await page.evaluate(() => window.shifted), 0, path);
  }
});

test('every link of the frame and of the help pages leads to a page', async (t) => {
  const page = await shopper(t, {});
  const links = new Set();
  for (const path of ['/', '/help/about']) {
    await page.goto(visit.shop.url + path);
    (await page.locator('header a, footer a, .small-menu a, main a').evaluateAll((all) => all.map((link) => link.href))).forEach((href) => links.add(href.split('#')[0]));
  }
  assert.ok(links.size > 60);
  for (const href of links) assert.equal((await page.request.get(href)).status(), 200, href);
});

test('departments open and close by the keyboard alone, also with JavaScript off', async (t) => {
  const page = await shopper(t, { javaScriptEnabled: false });
  await page.goto(visit.shop.url);
  const camp = page.getByRole('button', { name: 'Camp' }), link = page.getByRole('link', { name: 'Trekking tents' });
  await camp.focus();
  await page.keyboard.press('Enter');
  await link.waitFor();
  await page.keyboard.press('Escape');
  await link.waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');
  await link.click();
  assert.equal(await page.locator('.found b').textContent(), '7');
});

test('the panel is off until its button is pressed, and then says moment, rung, time, reasons, versions and what would come next', async (t) => {
  const page = await shopper(t, {});
  await page.goto(`${visit.shop.url}/products/windkuppe-2`);
  const panel = page.getByRole('complementary', { name: 'How this page was chosen' }), button = page.getByRole('button', { name: 'How was this page chosen?' });
  assert.equal(await panel.count(), 0);
  await button.focus();
  await page.keyboard.press('Enter');
  await panel.getByRole('heading', { name: 'Blocks of this page' }).waitFor();

  const block = page.locator('section.dynstore-recs'), fragment = await (await page.request.get(`${visit.shop.url}/_dynstore/rec?surface=pdp&item=windkuppe-2&slot=recs`)).json();
  assert.equal(await panel.locator('.panel-large b').textContent(), fragment.moment);
  assert.equal(await panel.locator('.panel-ladder [aria-current] b').textContent(), 'session');
  assert.match(await panel.locator('.panel-times dd').first().textContent(), /^[0-9]+\.[0-9]{2} ms$/);
  const part = panel.locator('.panel-block', { has: page.locator('code', { hasText: /^recs$/ }) });
  assert.deepEqual(await part.locator('.panel-items b').allTextContents(), await block.locator('.dynstore-item-title').allTextContents());
  assert.deepEqual(await part.locator('.panel-items div > span').allTextContents(), await block.locator('.dynstore-reason').allTextContents());
  for (const name of ['decision', 'snapshot', 'rules', 'model', 'code']) {
    await panel.getByText(await block.getAttribute(`data-dynstore-${name}`), { exact: true }).waitFor();
  }
  await panel.getByRole('link', { name: /^Home page/ }).waitFor();

  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'hidden' });
  assert.ok(await button.evaluate((element) => element === document.activeElement));
});

test('the panel stays open from page to page, tells nothing, and says so when dynstore is silent', async (t) => {
  const page = await shopper(t, {});
  const before = lab.eventsOf(visit.shop).length;
  await page.route('**/_dynstore/rec?*', (route) => route.abort());
  await page.goto(`${visit.shop.url}/help/about?dynstore-panel`);
  await page.getByText('dynstore does not answer. The page works all the same.').waitFor();
  await page.unroute('**/_dynstore/rec?*');
  await page.goto(`${visit.shop.url}/help/repairs`);
  await page.getByText('No block is on this page.').waitFor();
  await page.getByRole('button', { name: 'Decide again' }).click();
  await page.getByText(/^Decided again/).waitFor();
  assert.equal(lab.eventsOf(visit.shop).length, before);
});
