// The sample shop as shoppers use it: with its scripts, and with JavaScript off.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { sample, shifts, watchShifts } = require('./lib/sample');

const visit = sample(), { shopper, has, told } = visit;

const shownPicture = (page) => page.locator('.shot:visible img').getAttribute('src');

test('the chosen colour changes the picture, and reaches the drawer, the checkout and the thanks page', async (t) => {
  const page = await shopper(t, { path: '/products/trail-pack-30' });
  await page.getByRole('radio', { name: 'Brick' }).check();
  assert.equal(await shownPicture(page), '/img/trail-pack-30-brick.svg');
  await page.locator('.thumbs label').first().click();
  assert.equal(await shownPicture(page), '/img/trail-pack-30-moss.svg');
  assert.ok(await page.getByRole('radio', { name: 'Moss' }).isChecked());
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click();

  const drawer = page.getByRole('dialog', { name: 'Your cart' });
  await drawer.getByText('Trail Pack 30, Moss is in your cart.').waitFor();
  assert.equal(new URL(page.url()).pathname, '/products/trail-pack-30');
  assert.ok(await drawer.getByText('Colour: Moss').isVisible());
  assert.equal(await page.locator('.count').innerText(), '1');
  await drawer.getByLabel('Quantity: Trail Pack 30, Moss').selectOption('2');
  await drawer.locator('.line-price', { hasText: '€258.00' }).waitFor();
  await has('ac', 'trail-pack-30');

  await drawer.getByRole('link', { name: 'Check out' }).click();
  await page.waitForURL('**/checkout');
  assert.ok(await page.getByText('Colour: Moss').isVisible());
  for (const [label, value] of [['E-mail', 'a@example.org'], ['Name', 'Anna'], ['Street and number', 'Weg 1'], ['Postcode', '87435'], ['Town', 'Kempten']]) {
    await page.getByLabel(label, { exact: true }).fill(value);
  }
  await page.getByRole('button', { name: 'Place the order' }).click();
  await page.getByRole('heading', { name: 'Thank you!' }).waitFor();
  const number = await page.locator('.number').innerText();
  const { fields } = await has('pu', 'trail-pack-30');
  assert.deepEqual([fields.o, fields.q, fields.p], [number, '2', '12900']);
  await page.reload();
  await has('pv');
  assert.equal(told('pu').length, 1, 'a reload is no second order');
  assert.equal(await page.locator('.count').innerText(), '');
});

test('a line of the cart is changed and taken out without a new page, and who was at it stays near it', async (t) => {
  const page = await shopper(t, { path: '/products/rain-cover-m' });
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click();
  await page.getByRole('dialog').waitFor();
  await page.goto(`${visit.shop.url}/products/kante-pro`);
  await page.getByRole('radio', { name: '42', exact: true }).check();
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click();
  await page.getByRole('dialog').waitFor();
  await page.goto(`${visit.shop.url}/cart`);
  await page.evaluate(() => { window.same = true; });
  const box = page.locator('main #cart');
  await box.getByLabel('Quantity: Rain Cover M').focus();
  await box.getByLabel('Quantity: Rain Cover M').selectOption('3');
  await box.locator('.line-price', { hasText: '€66.00' }).waitFor();
  assert.equal(await page.evaluate(() => window.same && document.activeElement.closest('[data-line]').dataset.line), 'rain-cover-m');
  await box.getByRole('button', { name: 'Remove Rain Cover M' }).click();
  await page.waitForFunction(() => document.querySelectorAll('main [data-line]').length === 1);
  await has('rc', 'rain-cover-m');
  assert.equal(await page.evaluate(() => document.activeElement !== document.body), true);
  await box.getByRole('button', { name: 'Remove Kante Pro, 42' }).click();
  await box.getByText('Nothing in here yet.').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Check out' }).count(), 0);
  assert.equal(await page.evaluate(() => window.same), true);
});

test('filters and sorting change the list at once, and the back button brings the list before', async (t) => {
  const page = await shopper(t, { path: '/c/packs' });
  const names = () => page.locator('#results .card-title').allInnerTexts();
  const before = await names();
  await page.evaluate(() => { window.same = true; });
  await page.locator('summary', { hasText: 'Brand' }).click();
  await page.getByLabel('Nordhang').check();
  await page.waitForURL('**/c/packs?brand=Nordhang');
  await page.waitForFunction((all) => document.querySelectorAll('#results .card-title').length < all, before.length);
  assert.ok(await page.getByLabel('Nordhang').isVisible(), 'the filter stays open');
  await page.keyboard.press('Escape');
  await page.getByLabel('Sort by').selectOption('price-desc');
  await page.waitForURL('**sort=price-desc');
  await page.waitForFunction(() => /Langweg 65/.test(document.querySelector('#results .card-title').textContent));
  await page.goBack();
  await page.goBack();
  await page.waitForFunction((all) => document.querySelectorAll('#results .card-title').length === all, before.length);
  assert.deepEqual(await names(), before);
  assert.equal(await page.getByLabel('Nordhang', { exact: false }).first().isChecked(), false);
  assert.equal(await page.evaluate(() => window.same), true, 'no page was loaded');
});

test('what is saved, compared or looked at closely is told to nginx', async (t) => {
  const page = await shopper(t, { path: '/products/windkuppe-2' });
  await page.getByRole('button', { name: 'Save for later' }).click();
  await page.getByText('Saved for later.').waitFor();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByText('Put side by side.').waitFor();
  await page.locator('.shot:visible').click();
  await page.getByRole('dialog', { name: 'Larger picture' }).waitFor();
  await page.keyboard.press('Escape');
  for (const code of ['wl', 'co', 'zo']) await has(code, 'windkuppe-2');
  await page.goto(`${visit.shop.url}/wishlist`);
  assert.ok(await page.getByRole('link', { name: 'Windkuppe 2' }).isVisible());
});

test('a recommended item goes into the cart from its block', async (t) => {
  const page = await shopper(t, { path: '/products/trail-pack-30' });
  const button = page.locator('[data-dynstore-action=add_to_cart]').first();
  const id = await button.evaluate((link) => link.closest('[data-dynstore-item]').dataset.dynstoreItem);
  await button.click();
  await page.getByRole('dialog', { name: 'Your cart' }).waitFor();
  assert.equal(await page.locator(`.drawer [data-line="${id}"]`).count(), 1);
  const { fields } = await has('ac', id);
  assert.ok(fields.l && fields.d, 'the event names list and decision');
});

test('with JavaScript off a shopper filters, searches, chooses, changes the cart and orders', async (t) => {
  const page = await shopper(t, { path: '/c/packs', javaScriptEnabled: false });
  await page.locator('summary', { hasText: 'Brand' }).click();
  await page.getByLabel('Nordhang').check();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.waitForURL('**brand=Nordhang**');
  assert.equal(await page.locator('#results .card').count(), 9);
  await page.getByRole('searchbox').fill('trail pack 30');
  await page.getByRole('searchbox').press('Enter');
  await page.locator('#results .card a').first().click();
  await page.getByRole('radio', { name: 'Petrol' }).check();
  assert.equal(await shownPicture(page), '/img/trail-pack-30-petrol.svg');
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click();
  await page.waitForURL('**/cart');
  const box = page.locator('main #cart');
  assert.ok(await box.getByText('Colour: Petrol').isVisible());
  await box.getByLabel('Quantity: Trail Pack 30, Petrol').selectOption('2');
  await box.getByRole('button', { name: 'Update Trail Pack 30, Petrol' }).click();
  assert.equal(await box.locator('.line-price').innerText(), '€258.00');
  await box.getByRole('link', { name: 'Check out' }).click();
  await page.getByLabel('E-mail', { exact: true }).fill('a@example.org');
  for (const label of ['Name', 'Street and number', 'Postcode', 'Town']) await page.getByLabel(label, { exact: true }).fill('1');
  await page.getByRole('button', { name: 'Place the order' }).click();
  await page.getByRole('heading', { name: 'Thank you!' }).waitFor();
  await page.goto(`${visit.shop.url}/cart`);
  assert.equal(await page.getByRole('link', { name: 'Check out' }).count(), 0);
});

test('on a narrow page the checkout stands in the order in which it arrives, so that nothing is pushed down', async (t) => {
  const page = await shopper(t, { path: '/products/rain-cover-m', viewport: { width: 390, height: 850 } });
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click();
  await page.getByRole('dialog').waitFor();
  await page.goto(`${visit.shop.url}/checkout`);
  const tops = await page.locator('.checkout-page > *').evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().top));
  assert.deepEqual(tops, [...tops].sort((one, other) => one - other));
  assert.equal(tops.length, 2);
});

for (const width of [1280, 390]) {
  test(`nothing shifts while a list, a search, the cart or the checkout is opened, ${width} px wide`, async (t) => {
    const page = await shopper(t, { path: '/products/rain-cover-m', viewport: { width, height: 850 } });
    await page.getByRole('button', { name: 'Add to cart', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await watchShifts(page);
    for (const path of ['/', '/c/packs', '/search?q=tent', '/cart', '/checkout']) {
      await page.goto(visit.shop.url + path);
      await page.waitForLoadState('networkidle');
      assert.deepEqual(await shifts(page), [], path);
    }
  });

  test(`what is pressed in the pages' own parts is 44 px high and wide, ${width} px wide`, async (t) => {
    const page = await shopper(t, { path: '/products/kante-pro', viewport: { width, height: 850 } });
    const small = () => page.evaluate(() => [...document.querySelectorAll(
      'main :is(button, select, summary, .chip, .swatches label, .thumbs label, .turner a, input:not([type=hidden], [type=radio], [type=checkbox]))')]
      .filter((one) => one.checkVisibility() && !one.closest('.dynstore'))
      .map((one) => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect()])
      .filter(([, box]) => box.width < 44 || box.height < 43.9).map(([text, box]) => `${text} ${box.width} x ${box.height}`));
    assert.deepEqual(await small(), []);
    await page.getByRole('radio', { name: '42', exact: true }).check();
    await page.getByRole('button', { name: 'Add to cart', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    for (const path of ['/cart', '/checkout', '/c/packs?brand=Nordhang', '/search?q=tent', '/wishlist']) {
      await page.goto(visit.shop.url + path);
      assert.deepEqual(await small(), [], path);
    }
  });
}
