// Tells nginx what a shopper does, until the page loads dynstore.js, which does that and more by itself.
(() => {
  'use strict';
  function tell(event) {
    return fetch('/_dynstore/event', { method: 'POST', body: JSON.stringify(event), keepalive: true, headers: { 'Content-Type': 'text/plain' } })
      .catch(() => { /* the shop works without */ });
  }
  const early = window.dynstore || [];
  window.dynstore = { push: ([, event]) => tell(event) };
  early.forEach(window.dynstore.push);

  // what the shop's script sends to the cart
  const ask = window.fetch;
  window.fetch = async (address, sent) => {
    const answer = await ask(address, sent), [, change] = /\/cart\/(add|change)\.js$/.exec(String(address)) || [];
    const line = change && answer.ok ? JSON.parse(sent.body) : {};
    if (change === 'add' && answer.ok) { await tell({ event: 'add_to_cart', item_id: line.id, quantity: line.quantity }); }
    if (line.quantity === 0) { await tell({ event: 'remove_from_cart', item_id: line.product_id || line.id }); }
    return answer;
  };

  document.addEventListener('click', (click) => {
    const marked = click.target.closest('[data-dynstore-event]'), link = click.target.closest('.dynstore a');
    const near = (marked || link || document.body).closest('[data-dynstore-item]'), id = near && near.dataset.dynstoreItem;
    if (marked) { tell({ event: marked.dataset.dynstoreEvent, item_id: id }); }
    if (!link || !id) { return; }
    const { dynstoreSlot: list, dynstoreDecision: decision } = link.closest('.dynstore').dataset;
    if (link.dataset.dynstoreAction !== 'add_to_cart') {
      tell({ event: 'select_item', item_id: id, item_list_id: list, decision_id: decision });
      return;
    }
    click.preventDefault();
    ask('/cart/add', { method: 'POST', body: new URLSearchParams({ id }) }).then((answer) => {
      if (!answer.ok) { throw answer; }
      tell({ event: 'add_to_cart', item_id: id, item_list_id: list, decision_id: decision });
      link.dispatchEvent(new CustomEvent('dynstore:added', { bubbles: true }));
    }).catch(() => location.assign(link.href));
  });
})();
