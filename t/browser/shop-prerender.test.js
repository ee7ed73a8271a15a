// Pages of the sample shop that a browser has prepared before anybody sees them: really prerendered, in a Chromium that nobody steers.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { front, unattended } = require('./lib/front');
const { sample, until } = require('./lib/sample');

const PRODUCT = '/products/trail-pack-30';
const visit = sample();

// says of each page of the shop what the browser makes of it
const PROBE = `{
  const say = (what) => fetch('/say', { method: 'POST', keepalive: true, body: JSON.stringify({ path: location.pathname, ...what }) });
  if (document.prerendering) {
    say({ what: 'prerendering' });
    document.addEventListener('prerenderingchange', () => say({ what: 'activated', at: performance.getEntriesByType('navigation')[0].activationStart }), { once: true });
  } else say({ what: 'seen' });
}`;

/* A shopper whose first page has the product prerendered, and who goes to `path` when the test says so: { said, asked, go() }. */
async function ahead(t, path) {
  const said = [], page = `<!doctype html><title>A page before</title>
    <script type="speculationrules">{"prerender":[{"urls":["${PRODUCT}"],"eagerness":"immediate"}]}</script>
    <script>fetch('/go').then(() => { location.href = '${path}'; });</script>`;
  let go;
  const may = new Promise((resolve) => { go = resolve; });
  const edge = await front(visit.shop, { script: '/probe.js', answers: {
    '/before': (request, response) => response.setHeader('Content-Type', 'text/html').end(page),
    '/probe.js': (request, response) => response.setHeader('Content-Type', 'text/javascript').end(PROBE),
    '/go': (request, response) => may.then(() => response.end()),
    '/say': (request, response) => { said.push(JSON.parse(request.text)); response.end(); },
  } });
  t.after(edge.stop);
  visit.anew();
  const chromium = unattended(`${edge.url}/before`);
  t.after(chromium.stop);
  const hears = (what, where) => until(() => said.find((one) => one.what === what && one.path === where), `${where} is ${what}`);
  return { asked: edge.asked, hears, go };
}

const fetched = (asked) => asked.filter(({ url }) => url === PRODUCT).map(({ headers }) => headers['sec-purpose']);
const seen = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test('a prerendered page tells nothing and is no view; when it is shown it is one view, and is not asked for again', async (t) => {
  const { asked, hears, go } = await ahead(t, PRODUCT);
  await hears('prerendering', PRODUCT);
  await until(() => asked.some(({ url }) => url.startsWith('/_dynstore/assets/dynstore.js')), 'the script is loaded');
  await seen(2500);
  assert.deepEqual(visit.told(), []);
  assert.deepEqual(asked.filter(({ url }) => /_dynstore\/(event|rec)/.test(url)), []);
  go();
  const { at } = await hears('activated', PRODUCT);
  assert.ok(at > 0, 'activationStart');
  await visit.has('vi', 'trail-pack-30');
  await visit.has('vl');
  assert.equal(visit.told('vi').length, 1);
  assert.equal(fetched(asked).filter((purpose) => !purpose).length, 0, 'no request for the page itself');
  assert.ok(fetched(asked).every((purpose) => /prefetch/.test(purpose)) && fetched(asked).some((purpose) => /prerender/.test(purpose)), fetched(asked).join());
  t.diagnostic(`fetched: ${fetched(asked).join(', ')}; activated after ${Math.round(at)} ms`);
});

test('a page that is prerendered and never shown is no view', async (t) => {
  const { asked, hears, go } = await ahead(t, '/products/rain-cover-m');
  await hears('prerendering', PRODUCT);
  go();
  await hears('seen', '/products/rain-cover-m');
  await visit.has('vi', 'rain-cover-m');
  await seen(1500);
  assert.deepEqual(visit.told('vi').map(({ item }) => item), ['rain-cover-m']);
  assert.ok(fetched(asked).every(Boolean));
});
