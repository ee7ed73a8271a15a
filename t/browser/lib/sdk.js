// A small shop for tests of dynstore.js: pages whose blocks nginx makes, with the script and a strict Content-Security-Policy.
'use strict';

const lab = require('./lab');

const POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; require-trusted-types-for 'script'";

/*
 * A page. `before` and `after` stand around the place of the block, `script` is a file's name for scripts of the page's own.
 */
function html({ before = '', after = '', lang = 'en', body = '', attributes = '', scripts = [] } = {}) {
  return `<!DOCTYPE html><html lang="${lang}"><head><meta charset="utf-8"><title>Shop</title>`
    + '<link rel="stylesheet" href="/_dynstore/assets/dynstore.css"><link rel="stylesheet" href="/shop.css">'
    + scripts.map((name) => `<script src="/${name}"></script>`).join('')
    + `<script defer src="/_dynstore/assets/dynstore.js"${attributes}></script></head><body${body}>`
    + `${before}<main id="slot"><!--dynstore:recs--></main>${after}<p id="end">The end</p></body></html>`;
}

/* The shop; `pages` beside those of lab.start, `config` in the server, `head` in http{}. */
function shop({ pages = {}, config = '', head = '', format = 'html', ...more } = {}) {
  return lab.start({
    pages: { 'shop.css': '.tall { height: 3000px; } img { aspect-ratio: 1; width: 100px; } .dynstore { min-height: 20px; }', ...pages },
    http: `
    map $uri $surface { ~^/products/ pdp; ~^/c/ plp; ~^/cart cart; ~^/search search; ~^/(plain|place) off; default home; }
    map $uri $about   { ~^/products/(?<product>[^/.]+) $product; ~^/c/(?<category>[^/.]+) $category; default ""; }
    map $uri $strict  { ~^/pre "${POLICY.replace("script-src 'self'", "script-src 'self' 'inline-speculation-rules'")}"; default "${POLICY}"; }
    ${head}`,
    server: `
        dynstore $surface;
        dynstore_item $about;
        dynstore_search $arg_q;
        dynstore_format ${format};
        add_header Content-Security-Policy $strict always;
        location /_dynstore/assets/ { dynstore_assets; dynstore off; }
        location ~ ^/(cart/(add|change)(\\.js)?|wc/store/v1/cart/add-item|question|marked)$ { dynstore off; if ($request_method = POST) { return 200 '{}'; } return 303 /; }
        location = /favicon.ico { dynstore off; return 204; }
        location /images/ { dynstore off; default_type image/svg+xml; return 200 '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>'; }
        location = /sold-out/cart/add.js { dynstore off; return 422 '{}'; }
        ${config}`,
    ...more,
  });
}

/* A page in a context of its own: { page, errors } where errors are what the console said. */
async function open(browser, url, { script = '', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage(), errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  if (script) await page.addInitScript(script);
  await page.goto(url);
  return { context, page, errors };
}

/* The events of a shop but those that every page brings by itself. */
function told(of, ...codes) {
  return lab.eventsOf(of).filter(({ code }) => codes.includes(code));
}

/* What the stream has of these codes once there are `count` of them. */
async function arrive(of, count, ...codes) {
  await lab.until(() => told(of, ...codes).length >= count, `${count} of ${codes} arrive`);
  return told(of, ...codes);
}

/* Layout shifts from now on, also those that follow an input at once: () => their sum. */
async function shifts(page) {
  await page.evaluate(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.shifted += entry.value; })).observe({ type: 'layout-shift' });
  });
  return async () => {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50)))));
    return page.evaluate(() => window.shifted);
  };
}

module.exports = { ...lab, html, shop, open, told, arrive, shifts, POLICY };
