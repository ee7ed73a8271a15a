import { useState } from 'react';
import './shop.css';

// What nginx is asked for, and shows again in each answer: the slots of this page.
export const SLOTS = 'recs=4';

/** data: { product, decision }; decision: docs/http-api.md's JSON, or null when nginx had none. */
export default function App({ data: { product, decision: first } }) {
  const [decision, setDecision] = useState(first);
  const [said, setSaid] = useState('');

  async function add(submit) {
    submit.preventDefault();
    const event = { event: 'add_to_cart', item_id: product.id, quantity: 1 };
    const query = new URLSearchParams({ refresh: 'pdp', item: product.id, slot: SLOTS });
    const answer = await fetch(`/_dynstore/event?${query}`, { method: 'POST', body: JSON.stringify(event), headers: { 'Content-Type': 'text/plain' } });
    setSaid(`${product.title} is in your cart.`);
    if (answer.ok) setDecision(await answer.json());
  }

  return (
    <main>
      <h1>{product.title}</h1>
      <p className="price">{product.price} {product.currency}</p>
      <form method="post" action={`/cart?item=${encodeURIComponent(product.id)}`} onSubmit={add}>
        <button type="submit">Add to cart</button> <span role="status">{said}</span>
      </form>
      {decision?.slots.map((slot) => <Slot key={slot.slot} slot={slot} decision={decision} />)}
    </main>
  );
}

// The attributes are those that dynstore.js reads: clicks and impressions are told without any code here.
function Slot({ slot, decision }) {
  if (slot.items.length === 0) return null;
  return (
    <section className="dynstore" data-dynstore-slot={slot.slot} data-dynstore-surface={decision.surface}
      data-dynstore-decision={decision.id} data-dynstore-rung={slot.rung} aria-label={slot.title}>
      <h2>{slot.title}</h2>
      <ul>
        {slot.items.map((item) => (
          <li key={item.id} className="dynstore-item" data-dynstore-item={item.id}>
            <a href={item.url}>{item.title} <span className="price">{item.price_text}</span></a>
            <p>{item.reason.text}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
