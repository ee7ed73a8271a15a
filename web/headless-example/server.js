// The storefront's server, behind nginx: it asks nginx for the decision while it has the page in hand, and renders both together.
//   PORT      where it listens on 127.0.0.1 (3000)
//   DYNSTORE  nginx as this server reaches it (http://127.0.0.1:8080)
//   PRODUCTS  the catalogue, as dynstore build reads it (products.jsonl)
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { SLOTS, render } from './dist/server/server-entry.js';

const here = import.meta.dirname;
const { PORT = 3000, DYNSTORE = 'http://127.0.0.1:8080', PRODUCTS = path.join(here, 'products.jsonl') } = process.env;
const TIMEOUT_MS = 150;

const products = new Map(fs.readFileSync(PRODUCTS, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)).map((one) => [one.id, one]));
const client = path.join(here, 'dist/client');
const template = fs.readFileSync(path.join(client, 'index.html'), 'utf8');
const types = { '.js': 'text/javascript', '.css': 'text/css' };

// What nginx judges a shopper by: the visitor, consent, bots, languages. The address is passed on for dynstore_limit.
const PASSED = ['cookie', 'user-agent', 'accept-language', 'sec-gpc', 'dnt', 'x-forwarded-for'];

/** A view of the product and the decision made with it, in one request. No answer in time is no block. */
async function ask(request, events, item) {
  const headers = { 'Content-Type': 'application/json' };
  for (const name of PASSED) if (request.headers[name]) headers[name] = request.headers[name];
  const query = new URLSearchParams({ refresh: 'pdp', surface: 'pdp', item, slot: SLOTS });
  try {
    // a page that is fetched ahead is no view
    const ahead = /prefetch/.test(request.headers['sec-purpose'] || '');
    const answer = await fetch(`${DYNSTORE}/_dynstore/${ahead ? 'rec' : 'event'}?${query}`, {
      headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...(ahead ? {} : { method: 'POST', body: JSON.stringify(events) }) });
    return { decision: answer.ok ? await answer.json() : null, cookies: answer.headers.getSetCookie() };
  } catch {
    return { decision: null, cookies: [] };
  }
}

// JSON within HTML: no text of it may end the element
const embedded = (data) => JSON.stringify(data).replace(/</g, '\\u003c');

async function page(request, response, product) {
  const { decision, cookies } = await ask(request, { event: 'view_item', item_id: product.id }, product.id);
  const data = { product, decision };
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'private, no-cache', 'Set-Cookie': cookies,
    'Content-Security-Policy': "default-src 'self'; img-src 'self' data:" });
  response.end(template.replace('<!--app-->', () => render(data)).replace('<!--data-->', () => embedded(data)));
}

async function answer(request, response) {
  const url = new URL(request.url, 'http://shop');
  const product = products.get(decodeURIComponent(url.pathname.replace('/products/', '')));
  const item = url.searchParams.get('item');
  if (request.method === 'POST' && url.pathname === '/cart' && products.has(item)) {
    // without JavaScript the form comes here
    const { cookies } = await ask(request, { event: 'add_to_cart', item_id: item, quantity: 1 }, item);
    response.writeHead(303, { Location: `/products/${encodeURIComponent(item)}`, 'Set-Cookie': cookies });
    response.end();
  } else if (product) {
    await page(request, response, product);
  } else {
    const file = path.join(client, path.normalize(url.pathname));
    const type = types[path.extname(file)];
    if (!type || !file.startsWith(client) || !fs.existsSync(file)) {
      response.writeHead(404, { 'Content-Type': 'text/plain' });
      response.end('There is no such page.\n');
      return;
    }
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' });
    fs.createReadStream(file).pipe(response);
  }
}

http.createServer((request, response) => answer(request, response).catch(() => {
  // an address that cannot be read, such as /%zz, must not end the server
  if (!response.headersSent) response.writeHead(400, { 'Content-Type': 'text/plain' });
  response.end('This cannot be read.\n');
})).listen(PORT, '127.0.0.1');
