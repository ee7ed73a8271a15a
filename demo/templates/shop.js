(function () {
  'use strict';
  var CART = 'tannenhaeher.cart';
  // theme apps are appended before </body>; the block of a slot stands where <!--dynstore:recs--> stands in the page
  var APPS_ANCHOR = '</body>';

  function cart() {
    try { return JSON.parse(localStorage.getItem(CART)) || []; } catch (e) { return []; }
  }
  function keep(lines) {
    try { localStorage.setItem(CART, JSON.stringify(lines)); } catch (e) { /* private window: shown until the page is left */ }
    var count = lines.reduce(function (n, line) { return n + line.quantity; }, 0);
    document.querySelector('.count').textContent = count || '';
  }
  function tell(event) {
    var body = JSON.stringify(event);
    if (!navigator.sendBeacon || !navigator.sendBeacon('/_dynstore/event', body)) {
      fetch('/_dynstore/event', { method: 'POST', body: body, keepalive: true, headers: { 'Content-Type': 'text/plain' } });
    }
  }
  // resolves when the shop's edge has the event, so that a page loaded afterwards knows of it
  function tellFirst(event) {
    return fetch('/_dynstore/event', { method: 'POST', body: JSON.stringify(event), headers: { 'Content-Type': 'text/plain' } })
      .catch(function () { /* the cart works without it */ });
  }
  function money(amount) {
    return amount.toFixed(2) + ' EUR';
  }
  function toast(text) {
    var box = document.querySelector('.toast');
    box.firstChild.textContent = text;
    box.classList.add('on');
    setTimeout(function () { box.classList.remove('on'); }, 3200);
  }
  function add(item, quantity) {
    var lines = cart(), known = lines.filter(function (line) { return line.id === item.id; })[0];
    if (known) { known.quantity += quantity; } else { item.quantity = quantity; lines.push(item); }
    keep(lines);
    toast(item.title + ' is in your cart.');
    var event = { event: 'add_to_cart', item_id: item.id, quantity: quantity, price: item.price, currency: 'EUR' };
    if (document.getElementById('cart')) { tellFirst(event).then(function () { location.reload(); }); } else { tell(event); }
  }

  // ---- product page ----
  var form = document.querySelector('form[data-product]');
  if (form) {
    form.addEventListener('submit', function (submit) {
      submit.preventDefault();
      add(JSON.parse(form.dataset.product), 1);
    });
  }

  // ---- blocks chosen at the edge ----
  // "129.00 EUR", "1.299,00 €": what is asked, without the old price beside it
  function cents(price) {
    return price ? Number(price.firstChild.textContent.replace(/\D/g, '')) : 0;
  }
  document.addEventListener('click', function (click) {
    var link = click.target.closest('.dynstore a'), item = click.target.closest('.dynstore-item');
    if (!link || !item) { return; }
    var block = item.closest('.dynstore');
    if (link.dataset.dynstoreAction === 'add_to_cart') {
      click.preventDefault();
      add({ id: item.dataset.dynstoreItem, title: item.querySelector('.dynstore-item-title').textContent,
        price: cents(item.querySelector('.dynstore-item-price')) / 100,
        image: (item.querySelector('img') || {}).src || '', url: link.getAttribute('href') }, 1);
      return;
    }
    tell({ event: 'select_item', item_id: item.dataset.dynstoreItem, item_list_id: block.dataset.dynstoreSlot,
      index: Array.prototype.indexOf.call(item.parentNode.children, item) + 1, decision_id: block.dataset.dynstoreDecision });
  });

  // ---- cart page ----
  function showCart(box) {
    var lines = cart(), list = box.querySelector('.cart-lines'), sum = 0;
    list.textContent = '';
    lines.forEach(function (line) {
      var row = document.getElementById('cart-line').content.cloneNode(true);
      row.querySelector('img').src = line.image;
      row.querySelector('.title').textContent = line.title;
      row.querySelector('.title').href = line.url;
      row.querySelector('.quantity').textContent = line.quantity + ' × ' + money(line.price);
      row.querySelector('button').addEventListener('click', function () {
        keep(cart().filter(function (other) { return other.id !== line.id; }));
        tellFirst({ event: 'remove_from_cart', item_id: line.id, quantity: line.quantity })
          .then(function () { location.reload(); });
      });
      list.appendChild(row);
      sum += line.quantity * line.price;
    });
    box.classList.toggle('has-lines', lines.length > 0);
    box.querySelector('.empty').hidden = lines.length > 0;
    list.hidden = box.querySelector('.cart-sum').hidden = lines.length === 0;
    box.querySelector('.sum').textContent = money(sum);
    box.querySelector('.checkout').onclick = function () {
      tellFirst({ event: 'purchase', currency: 'EUR', value: Math.round(sum * 100) / 100,
        transaction_id: 'W' + Date.now().toString(36).toUpperCase(),
        items: lines.map(function (line) { return { item_id: line.id, quantity: line.quantity, price: line.price }; }) })
        .then(function () { keep([]); location.search = '?thanks'; });
    };
    if (location.search === '?thanks' && !lines.length) {
      box.querySelector('.empty').textContent = 'Thank you! Nothing was charged: this shop is a sample. 🏔️';
    }
  }
  if (document.getElementById('cart')) { showCart(document.getElementById('cart')); }

  // ---- search page ----
  var index = document.getElementById('search-index');
  if (index) {
    var query = (new URLSearchParams(location.search).get('q') || '').trim(), words = query.toLowerCase().split(/\s+/);
    var found = JSON.parse(index.textContent).filter(function (row) {
      return words.every(function (word) { return row.join(' ').toLowerCase().indexOf(word) >= 0; });
    });
    document.querySelector('.find input').value = query;
    document.getElementById('search-title').textContent = query ? found.length + ' results for “' + query + '”' : 'All products';
    found.slice(0, 60).forEach(function (row) {
      var card = document.getElementById('search-card').content.cloneNode(true);
      card.querySelector('a').href = '/products/' + row[0];
      card.querySelector('img').src = '/img/' + row[0] + '.svg';
      card.querySelector('h3').textContent = row[1];
      card.querySelector('.brand').textContent = row[2];
      card.querySelector('.price').textContent = row[3] + ' EUR';
      document.getElementById('search-results').appendChild(card);
    });
  }

  // ---- print the page without the shop around it ----
  Array.prototype.forEach.call(document.querySelectorAll('[data-print]'), function (button) {
    button.addEventListener('click', function () {
      var sheet = window.open('', 'print');
      sheet.document.write('<!doctype html><html><head><title>Print</title></head><body>' +
        document.querySelector(button.dataset.print).outerHTML + APPS_ANCHOR + '</html>');
      sheet.document.close();
      sheet.print();
    });
  });
  keep(cart());
}());
