// The shop's own script. Every page works without it: forms are sent and links are followed. With it the cart opens beside
// the page, lists follow their filters at once, and pictures open larger.
(() => {
  'use strict';
  const german = document.documentElement.lang === 'de';
  const words = german
    ? { added: (title) => `${title} liegt im Warenkorb.`, most: (count) => `Mehr als ${count} haben wir gerade nicht.`, empty: 'Der Warenkorb ist leer.',
        changed: 'Der Warenkorb ist geändert.', wishlist: 'Gemerkt.', compare: 'Zum Vergleich gelegt.', look: 'Ansehen' }
    : { added: (title) => `${title} is in your cart.`, most: (count) => `We have no more than ${count} of this right now.`, empty: 'Your cart is empty.',
        changed: 'Your cart has changed.', wishlist: 'Saved for later.', compare: 'Put side by side.', look: 'Look at it' };
  const find = (selector, inside = document) => inside.querySelector(selector);

  // A page of the shop as a document, parsed by the browser itself: no text becomes markup here.
  function page(address) {
    return new Promise((resolve, reject) => {
      const asked = new XMLHttpRequest();
      asked.open('GET', address);
      asked.responseType = 'document';
      asked.onload = () => (asked.status === 200 && asked.responseXML ? resolve(asked.responseXML) : reject(new Error(asked.status)));
      asked.onerror = reject;
      asked.send();
    });
  }

  function swap(there, fresh) {
    there.replaceChildren(...Array.from(fresh ? fresh.childNodes : [], (node) => document.importNode(node, true)));
  }

  let toastEnds;
  function toast(text, address) {
    const box = find('.toast');
    box.replaceChildren(text);
    if (address) {
      const link = document.createElement('a');
      link.href = address;
      link.textContent = words.look;
      box.append(' ', link);
    }
    box.classList.add('on');
    clearTimeout(toastEnds);
    toastEnds = setTimeout(() => box.classList.remove('on'), 5000);
  }

  // ---- the cart ----
  function count() {
    const cookie = document.cookie.split('; ').find((part) => part.startsWith('cart='));
    const lines = cookie ? cookie.slice(5).split('.') : [];
    const sum = lines.reduce((all, line) => all + (Number(line.split(':')[2]) || 0), 0);
    if (find('.count').textContent !== String(sum || '')) { find('.count').textContent = sum || ''; }
  }

  async function post(address, body) {
    const answer = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body) });
    const told = await answer.json();
    return answer.ok ? told : Promise.reject(Object.assign(new Error(told.message), { told }));
  }

  // The cart's lines where they are shown: on the cart's page and in the drawer. Who was at a line stays there.
  async function showCart() {
    const fresh = find('#cart', await page('/cart'));
    const at = document.activeElement && document.activeElement.closest('[data-line]');
    const control = at && document.activeElement.tagName.toLowerCase();
    [find('#cart'), find('.drawer-cart')].filter(Boolean).forEach((place) => {
      const held = at && place.contains(at);
      swap(place, fresh);
      if (held) {
        const line = find(`[data-line="${at.dataset.line}"] ${control}`, place) || find('.checkout', place) || find('a', place);
        if (line) { line.focus(); }
      }
    });
    count();
  }

  async function open(news) {
    const drawer = find('#drawer');
    await showCart();
    find('.drawer-news').textContent = news;
    if (drawer.open) { return; }
    // the block that this began in may become another meanwhile: who was at it stays near it
    const block = document.activeElement.closest('[data-dynstore-slot]'), slot = block && block.dataset.dynstoreSlot;
    drawer.addEventListener('close', () => {
      const at = document.activeElement, lost = at === document.body || drawer.contains(at);
      const link = lost && slot && find(`[data-dynstore-slot="${slot}"] a`);
      if (link) { link.focus(); }
    }, { once: true });
    drawer.showModal();
  }

  async function add(id, variant, quantity) {
    const line = await post('/cart/add.js', { id, variant, quantity });
    const news = line.added < quantity ? words.most(line.most) : words.added(line.title);
    await inCart(news);
  }

  async function inCart(news) {
    if (!find('main #cart')) { return open(news); }
    await showCart();
    return toast(news);
  }

  // dynstore has put a recommended item into the cart: data-cart at its script
  window.dynstore = window.dynstore || [];
  window.dynstore.push(['on', 'added', ({ item_id: id }) => {
    const title = find(`[data-dynstore-item="${CSS.escape(id)}"] .dynstore-item-title`);
    inCart(words.added(title ? title.textContent : ''));
  }]);

  async function change(id, quantity) {
    const line = find(`[data-line="${id}"]`);
    const cart = await post('/cart/change.js', { id, product_id: line && line.dataset.product, quantity });
    await showCart();
    find('#drawer').open ? (find('.drawer-news').textContent = words.changed) : toast(cart.item_count ? words.changed : words.empty);
  }

  // what cannot be told to the shop is told by the form itself
  function otherwise(form) {
    return (error) => (error.told ? toast(error.message) : form.submit());
  }

  document.addEventListener('submit', (submit) => {
    const form = submit.target, path = form.method === 'post' ? new URL(form.action).pathname : '';
    const given = new FormData(form);
    if (path === '/cart/add') {
      submit.preventDefault();
      add(given.get('id'), given.get('variant'), Number(given.get('quantity')) || 1).catch(otherwise(form));
    } else if (path === '/cart/change') {
      submit.preventDefault();
      change(given.get('id'), Number(given.get('quantity'))).catch(otherwise(form));
    } else if (path === '/wishlist/add' || path === '/compare/add') {
      submit.preventDefault();
      const use = path.split('/')[1];
      post(path, { id: given.get('id') }).then(() => toast(words[use], `/${use}`)).catch(otherwise(form));
    }
  });

  document.addEventListener('change', (changed) => {
    const form = changed.target.form;
    if (form && form.classList.contains('quantity')) { form.requestSubmit(); }
    if (form && form.classList.contains('filters')) { list(addressOf(form), true); }
  });

  document.addEventListener('click', (click) => {
    const link = click.target.closest('a');
    if (!link || click.defaultPrevented || click.button || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) { return; }
    if (link.matches('[data-zoom]') && find('#zoomed').showModal) {
      click.preventDefault();
      const large = find('#zoomed img');
      large.src = link.href;
      large.alt = find('img', link).alt;
      find('#zoomed').showModal();
    } else if (link.matches('.listing .chip, .turner a')) {
      click.preventDefault();
      list(link.href, true);
    }
  });

  // beside a dialog, or beside an open filter, a click closes it
  document.addEventListener('click', (click) => {
    if (click.target instanceof HTMLDialogElement) { click.target.close(); }
    document.querySelectorAll('details.filter[open]').forEach((filter) => {
      if (!filter.contains(click.target)) { filter.open = false; }
    });
  });
  document.addEventListener('keydown', (key) => {
    const filter = key.key === 'Escape' && find('details.filter[open]');
    if (filter) {
      filter.open = false;
      find('summary', filter).focus();
    }
  });

  // ---- lists ----
  function addressOf(form) {
    const chosen = new URLSearchParams(Array.from(new FormData(form)).filter(([, value]) => value !== ''));
    return form.action + (String(chosen) ? `?${chosen}` : '');
  }

  let wanted;
  async function list(address, visit) {
    wanted = address;
    try {
      const fresh = await page(address);
      if (wanted !== address) { return; }
      const form = find('.filters', fresh);
      if (!form || !find('.filters')) {
        location.assign(address);
        return;
      }
      swap(find('#results'), find('#results', fresh));
      document.querySelectorAll('.filters input[type=checkbox]').forEach((box) => {
        const twin = find(`input[name="${box.name}"][value="${box.value}"]`, form);
        if (twin) {
          box.checked = twin.checked;
          find('small', box.parentNode).textContent = find('small', twin.parentNode).textContent;
        }
      });
      document.querySelectorAll('.filters .picked').forEach((picked, place) => {
        picked.textContent = form.querySelectorAll('.picked')[place].textContent;
      });
      find('.filters select').value = find('select', form).value;
      if (visit) { history.pushState({ list: true }, '', address); }
    } catch (error) {
      location.assign(address);
    }
  }
  addEventListener('popstate', () => { if (find('.filters')) { list(location.href, false); } });

  // ---- small things ----
  const variant = new URLSearchParams(location.search).get('variant');
  const choice = variant && find('form.choose input[name=id]');
  const radio = choice && document.getElementById(`${choice.value}-${variant}`);
  if (radio && !radio.disabled) { radio.checked = true; }

  document.querySelectorAll('[data-print]').forEach((button) => button.addEventListener('click', () => print()));

  // the cart may have changed since this page was left
  addEventListener('pageshow', (shown) => {
    if (shown.persisted) {
      count();
      if (find('main #cart')) { showCart().catch(() => location.reload()); }
    }
  });
  count();
})();
