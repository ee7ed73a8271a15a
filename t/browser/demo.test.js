// The sample shop in a browser.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { demo, sample, top } = require('./lib/sample');

const visit = sample(), { shopper, has } = visit;

test('a product page shows what was looked at just now as the reason of its block', async (t) => {
  const page = await shopper(t, { path: '/products/trail-pack-30' });
  const block = page.locator('section.dynstore-recs');
  assert.equal(await block.getAttribute('data-dynstore-slot'), 'recs');
  assert.match(await block.innerText(), /Trail Pack 30/);
  await has('vi', 'trail-pack-30');
});

test('the first stop of the tour has the titles that the tour names', async (t) => {
  const stop = /\n {2}1\. \S+\$port(\/\S+)\n([^]*?)\n {2}2\. /.exec(fs.readFileSync(path.join(top, 'demo/run'), 'utf8'));
  const titles = [...stop[2].matchAll(/"([^"]+)"/g)].map(([, title]) => title);
  assert.ok(titles.length > 0);
  const page = await shopper(t, { path: stop[1] });
  const shown = await page.locator('main section.dynstore h2').allInnerTexts();
  assert.deepEqual(titles.filter((title) => !shown.includes(title)), []);
});

test('a page of results that asks again is about the same search, also where the session does not know it', async (t) => {
  const page = await shopper(t, { path: '/search?q=tent' });
  await page.waitForFunction(() => window.dynstore?.refresh);
  const shown = await page.locator('main section.dynstore h2').first().innerText();
  await page.context().clearCookies();
  visit.shop.redis('FLUSHALL');
  const [answer] = await Promise.all([page.waitForResponse((response) => response.url().includes('/_dynstore/rec?surface=search&')),
    page.evaluate(() => window.dynstore.refresh())]);
  const [, title] = /<h2 class="dynstore-title">([^<]*)/.exec(await answer.text());
  assert.equal(title, shown);
});

test('all that the sample shop started ends with it, also when it is told more than once', async () => {
  const opened = await demo();
  const running = () => fs.readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(opened.folder);
    } catch {
      return false;
    }
  });
  assert.ok(running().length >= 4, 'nginx with its workers, Redis, the backend');
  const again = setInterval(() => opened.child.kill('SIGTERM'), 5);
  await new Promise((resolve) => opened.child.once('exit', resolve));
  clearInterval(again);
  assert.deepEqual(running(), []);
  await opened.stop();
});
