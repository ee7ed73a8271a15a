// How this page was chosen, for who wants to know: what dynstore saw and decided, and what it would decide now. Off until the button in
// the footer is pressed, or the address says ?dynstore-panel. It reads the blocks of the page and asks /_dynstore/rec; it tells nothing.
(() => {
  'use strict';
  const opener = document.querySelector('[data-panel]');
  if (!opener) { return; }
  const german = document.documentElement.lang === 'de';
  const MOMENTS = ['landing', 'browse', 'comparison', 'hesitation', 'checkout'];
  const RUNGS = ['session', 'context', 'last_good', 'popular', 'none'];
  const words = german ? {
    name: 'Wie diese Seite gewählt wurde', close: 'Feld schließen', again: 'Noch einmal entscheiden', moment: 'Augenblick', rung: 'Sprosse', time: 'Zeit',
    blocks: 'Blöcke dieser Seite', next: 'Was als Nächstes käme', versions: 'Fassungen', show: 'Zeigen', none: 'Auf dieser Seite ist kein Block.',
    landing: 'Die erste Seite eines Besuchs, der von irgendwo kommt.', browse: 'Sie sehen sich um.', comparison: 'Sie sehen mehreres von einer Art an.',
    hesitation: 'Sie kommen auf etwas zurück.', checkout: 'Im Warenkorb liegt etwas, und Sie gehen zur Kasse.',
    session: 'was Sie taten, aus Redis', context: 'diese Seite, ohne Sie', last_good: 'was Sie zuletzt sahen', popular: 'was viele mögen', rung_none: 'die Seite, wie der Laden sie schrieb',
    decision: 'eine Entscheidung', slowest: (count) => `die langsamste von ${count}`, first: 'diese Seite, erstes Byte', leaves: 'geht', comes: 'Es kämen', same: 'bliebe, wie es ist', strength: 'Stärke',
    home: 'Startseite', cart: 'Warenkorb', here: 'Hier noch einmal', news: (count) => (count ? `Neu entschieden: ${count} anders` : 'Neu entschieden: alles wie gezeigt'), failed: 'dynstore antwortet nicht. Die Seite geht trotzdem.',
    snapshot: 'Katalog', rules: 'Regeln', model: 'Modell', code: 'dynstore', id: 'Entscheidung', variant: 'Variante', events: (count) => `Meldungen dieser Seite: ${count}`, because: 'Wegen',
  } : {
    name: 'How this page was chosen', close: 'Close the panel', again: 'Decide again', moment: 'Moment', rung: 'Rung', time: 'Time',
    blocks: 'Blocks of this page', next: 'What would come next', versions: 'Versions', show: 'Show', none: 'No block is on this page.',
    landing: 'The first page of a visit that came from somewhere.', browse: 'You look around.', comparison: 'You look at several things of one kind.',
    hesitation: 'You come back to something.', checkout: 'Something is in the cart, and you go to pay.',
    session: 'what you did, from Redis', context: 'this page, without you', last_good: 'what you were shown last', popular: 'what many like', rung_none: 'the page as the shop wrote it',
    decision: 'one decision', slowest: (count) => `the slowest of ${count}`, first: 'this page, first byte', leaves: 'leaves', comes: 'Would come in', same: 'would stay as it is', strength: 'Strength',
    home: 'Home page', cart: 'Cart', here: 'Here again', news: (count) => (count ? `Decided again: ${count} changed` : 'Decided again: all as shown'), failed: 'dynstore does not answer. The page works all the same.',
    snapshot: 'Catalogue', rules: 'Rules', model: 'Model', code: 'dynstore', id: 'Decision', variant: 'Variant', events: (count) => `Reports from this page: ${count}`, because: 'Because of',
  };

  // an element with attributes and children; texts stay texts
  function make(tag, given = {}, ...children) {
    const element = document.createElement(tag);
    Object.entries(given).forEach(([name, value]) => (name === 'onclick' ? element.addEventListener('click', value) : element.setAttribute(name, value)));
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
    return element;
  }
  const number = (value, digits) => value.toLocaleString(german ? 'de' : 'en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

  // ---- what the page says ----
  function shownBlocks() {
    return Array.from(document.querySelectorAll('.dynstore[data-dynstore-slot]'), (block) => {
      const seen = new Map();
      block.querySelectorAll('[data-dynstore-item]').forEach((item) => {
        const title = item.querySelector('.dynstore-item-title'), reason = item.querySelector('.dynstore-reason'), image = item.querySelector('img');
        if (title && !seen.has(item.dataset.dynstoreItem)) {
          seen.set(item.dataset.dynstoreItem, { id: item.dataset.dynstoreItem, title: title.textContent, reason: reason ? reason.textContent : '',
            image: image && image.getAttribute('src') });
        }
      });
      const content = block.querySelector('[data-dynstore-content]'), title = block.querySelector('.dynstore-title');
      return { block, slot: block.dataset.dynstoreSlot, rung: block.dataset.dynstoreRung, title: title ? title.textContent : '',
        content: content && content.dataset.dynstoreContent, items: Array.from(seen.values()) };
    });
  }

  // ---- what dynstore says now ----
  async function ask(surface, slot, item) {
    const fields = new URLSearchParams({ surface, slot });
    if (item) { fields.set('item', item); }
    const address = new URL(`/_dynstore/rec?${fields}`, location.href).href;
    const answer = await fetch(address, { cache: 'no-store', headers: { Accept: 'application/json' } });
    if (!answer.ok) { throw new Error(String(answer.status)); }
    const decision = await answer.json();
    const timing = /dyn;dur=([0-9.]+)/.exec(answer.headers.get('Server-Timing') || '');
    return { decision, slot: decision.slots[0], took: timing ? Number(timing[1]) : null };
  }

  // ---- parts of the panel ----
  const part = (head, ...content) => make('section', {}, make('h3', {}, head), ...content);

  function stages(names, current, label) {
    return make('ol', { class: 'panel-stages' }, names.map((name) => make('li', name === current ? { 'aria-current': 'step' } : {}, label(name))));
  }

  function ladder(current) {
    return make('ol', { class: 'panel-ladder' }, RUNGS.map((name) => make('li', name === current ? { 'aria-current': 'step' } : {},
      make('b', {}, name), make('span', {}, words[name === 'none' ? 'rung_none' : name]))));
  }

  function thumb(item) {
    return item.image ? make('img', { src: item.image, alt: '', width: '44', height: '33', loading: 'lazy' }) : null;
  }

  function row(item, place, fresh) {
    const now = fresh ? fresh.items.findIndex((one) => one.id === item.id) : -1;
    const there = fresh && fresh.items[now];
    const best = fresh && fresh.items.length ? Math.max(...fresh.items.map((one) => one.score)) : 0;
    const moved = !fresh ? '' : now < 0 ? words.leaves : now === place ? '=' : `${place + 1} → ${now + 1}`;
    return make('li', {}, thumb(item), make('div', {}, make('b', {}, item.title), make('span', {}, item.reason)),
      make('div', { class: 'panel-score' }, there && best ? make('meter', { min: '0', max: '1', value: String(there.score / best), 'aria-label': `${item.title}: ${number(there.score, 4)}` }) : null,
        there ? make('small', {}, number(there.score, 2)) : null, make('small', { class: now < 0 && fresh ? 'panel-leaves' : '' }, moved)));
  }

  function blockPart(one, answer) {
    const fresh = answer && answer.slot;
    const incoming = fresh ? fresh.items.filter((item) => !one.items.some((shown) => shown.id === item.id)) : [];
    const button = make('button', { type: 'button', class: 'panel-small', 'aria-label': `${words.show}: ${one.title || one.slot}`, onclick: () => {
      one.block.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
      document.querySelectorAll('.panel-lit').forEach((lit) => lit.classList.remove('panel-lit'));
      one.block.classList.add('panel-lit');
    } }, words.show);
    return make('article', { class: 'panel-block' },
      make('header', {}, make('h4', {}, one.title || one.slot), button),
      make('p', { class: 'panel-line' }, make('code', {}, one.slot), make('code', { class: `panel-rung rung-${one.rung}` }, one.rung), one.content ? make('code', {}, one.content) : null,
        fresh ? make('span', {}, `${words.strength} `, number(fresh.confidence, 2)) : null),
      one.items.length ? make('ol', { class: 'panel-items' }, one.items.map((item, place) => row(item, place, fresh))) : null,
      incoming.length ? make('p', { class: 'panel-incoming' }, make('b', {}, `${words.comes}: `), incoming.map((item) => item.title).join(', ')) : null);
  }

  function nextPart(name, address, answer) {
    const items = answer.slot ? answer.slot.items.slice(0, 4) : [];
    return make('a', { class: 'panel-next', href: address }, make('b', {}, name), make('span', {}, answer.slot && answer.slot.title ? answer.slot.title : '–'),
      make('span', { class: 'panel-thumbs' }, items.map((item) => (item.image ? make('img', { src: item.image, alt: item.title, width: '64', height: '48' }) : item.title))));
  }

  function versionsPart(versions, decision, variant) {
    const rows = [['id', decision], ['snapshot', versions.snapshot], ['rules', versions.rules], ['model', versions.model || '–'], ['code', versions.code]]
      .concat(variant ? [['variant', variant]] : []);
    return make('dl', { class: 'panel-versions' }, rows.map(([name, value]) => make('div', {}, make('dt', {}, words[name]), make('dd', {}, make('code', {}, value)))));
  }

  // ---- the panel ----
  const body = document.body.dataset;
  const surface = body.dynstoreSurface || 'home', item = body.dynstorePageItem || '';
  let panel, inside, status, reports = 0, round = 0;

  function build() {
    const style = make('link', { rel: 'stylesheet', href: new URL('panel.css', document.querySelector('script[src*="/panel.js"]').src).href });
    const ready = new Promise((resolve) => { style.onload = style.onerror = resolve; });
    document.head.append(style);
    status = make('p', { role: 'status', class: 'panel-status' });
    inside = make('div', { class: 'panel-inside' });
    panel = make('aside', { class: 'panel', id: 'dynstore-panel', 'aria-labelledby': 'dynstore-panel-name', hidden: '' },
      make('header', { class: 'panel-head' }, make('div', {}, make('small', {}, 'dynstore'), make('h2', { id: 'dynstore-panel-name', tabindex: '-1' }, words.name)),
        make('button', { type: 'button', class: 'panel-close', 'aria-label': words.close, onclick: () => toggle(false) }, '✕')),
      inside, make('footer', { class: 'panel-foot' }, status, make('button', { type: 'button', class: 'panel-again', onclick: decide }, words.again)));
    panel.addEventListener('keydown', (key) => { if (key.key === 'Escape') { toggle(false); } });
    document.body.append(panel);
    opener.setAttribute('aria-controls', panel.id);
    // what the page reports changes what comes next
    new PerformanceObserver((list) => {
      const told = list.getEntries().filter((entry) => entry.name.includes('/_dynstore/event')).length;
      reports += told;
      if (told && !panel.hidden) { setTimeout(decide, 400); }
    }).observe({ type: 'resource', buffered: true });
    return ready;
  }

  async function decide() {
    const mine = ++round, blocks = shownBlocks();
    const navigation = performance.getEntriesByType('navigation')[0];
    try {
      const known = ['home', 'plp', 'pdp', 'cart', 'search', 'landing', 'checkout'].includes(surface) ? surface : 'home';
      const [answers, base, home, cart] = await Promise.all([Promise.all(blocks.map((one) => ask(known, one.slot, item))), ask(known, 'recs', item),
        ask('home', 'recs'), ask('cart', 'bought_with').then((answer) => (answer.slot && answer.slot.items.length ? answer : ask('cart', 'recs')))]);
      if (mine !== round) { return; }
      const { decision } = base;
      const all = [base, ...answers, home, cart], took = all.map((one) => one.took).filter((one) => one !== null);
      const rung = blocks.length ? blocks.map((one) => one.rung).sort((one, other) => RUNGS.indexOf(one) - RUNGS.indexOf(other))[0] : decision.rung;
      const attributes = blocks.length ? blocks[0].block.dataset : null;
      const versions = attributes ? { snapshot: attributes.dynstoreSnapshot, rules: attributes.dynstoreRules, model: attributes.dynstoreModel, code: attributes.dynstoreCode } : decision.versions;
      const middle = took.sort((one, other) => one - other)[Math.floor(took.length / 2)];
      const changed = blocks.reduce((sum, one, place) => sum + (answers[place].slot ? answers[place].slot.items.filter((fresh) => !one.items.some((shown) => shown.id === fresh.id)).length : 0), 0);
      const scrolled = inside.scrollTop;
      inside.replaceChildren(
        part(words.moment, make('p', { class: 'panel-large' }, make('b', {}, decision.moment), make('span', {}, words[decision.moment] || '')), stages(MOMENTS, decision.moment, (name) => name)),
        part(words.rung, ladder(rung)),
        part(words.time, make('dl', { class: 'panel-times' },
          make('div', {}, make('dt', {}, words.decision), make('dd', {}, middle === undefined ? '–' : `${number(middle, 2)} ms`)),
          make('div', {}, make('dt', {}, words.slowest(took.length)), make('dd', {}, took.length ? `${number(took[took.length - 1], 2)} ms` : '–')),
          navigation ? make('div', {}, make('dt', {}, words.first), make('dd', {}, `${number(navigation.responseStart - navigation.requestStart, 0)} ms`)) : null)),
        part(words.blocks, blocks.length ? blocks.map((one, place) => blockPart(one, answers[place])) : make('p', {}, words.none)),
        part(words.next, make('div', { class: 'panel-nexts' }, surface === 'home' ? null : nextPart(words.home, '/', home), surface === 'cart' ? null : nextPart(words.cart, '/cart', cart),
          nextPart(words.here, location.href, base))),
        part(words.versions, versionsPart(versions, attributes ? attributes.dynstoreDecision : decision.id, decision.variant)));
      inside.scrollTop = scrolled;
      status.textContent = [words.news(changed), reports ? words.events(reports) : ''].filter(Boolean).join(' · ');
    } catch (error) {
      status.textContent = words.failed;
    }
  }

  async function toggle(open, quietly) {
    document.documentElement.classList.toggle('panel-open', open);
    if (open && !panel) { await build(); }
    if (!panel) { return; }
    panel.hidden = !open;
    opener.setAttribute('aria-expanded', String(open));
    try { sessionStorage.setItem('dynstore-panel', open ? 'open' : ''); } catch (error) { /* the panel works without */ }
    if (open) {
      if (!quietly) { panel.querySelector('h2').focus(); }
      await decide();
    } else {
      opener.focus({ preventScroll: true });
    }
  }

  opener.addEventListener('click', () => toggle(!panel || panel.hidden));
  let kept = '';
  try { kept = sessionStorage.getItem('dynstore-panel'); } catch (error) { /* none */ }
  if (new URLSearchParams(location.search).has('dynstore-panel') || kept) { toggle(true, true); }
})();
