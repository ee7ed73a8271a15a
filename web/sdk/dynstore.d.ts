/**
 * Types of what dynstore.js offers to a shop's own scripts, and of what nginx answers. docs/browser.md says what each does.
 */

/** An event as docs/events.md has it: GA4's names and fields. */
export interface ShopEvent {
  event: string;
  item_id?: string;
  item_list_id?: string;
  decision_id?: string;
  quantity?: number;
  price?: number;
  currency?: string;
  search_term?: string;
  transaction_id?: string;
  promotion_id?: string;
  text?: string;
  field?: string;
  value?: string | number;
  items?: { item_id: string; quantity?: number; price?: number }[];
  /** Milliseconds since 1970. The script writes it, and nginx does not read it. */
  at?: number;
  [field: string]: unknown;
}

export type Consent = 'none' | 'functional' | 'full';

export interface Item {
  id: string;
  title: string;
  url: string | null;
  image: string | null;
  price: string | null;
  currency: string | null;
  price_text: string | null;
  was?: string;
  was_text?: string;
  rating?: number;
  rating_count?: number;
  badges?: string[];
  badge?: string;
  fit?: string;
  sponsored?: { label: string };
  reason: { code: string; ref: string | null; support?: number; text: string };
  cta?: { action: string; label: string };
  score: number;
}

export interface Slot {
  slot: string;
  kind: string;
  title: string;
  rung: string;
  confidence: number;
  items: Item[];
  messages?: { kind: string; text: string; item?: string; url?: string | null }[];
  content?: { id: string; title: string | null; text: string | null; image: string | null; url: string | null;
    cta: { action: string; label: string } | null; modules: string[] };
  comparison?: { columns: string[]; rows: { kind: string; label: string; values: (string | null)[]; differs: boolean }[] };
  bundle?: { id: string; title: string | null; description: string | null; url: string | null; image: string | null;
    price: string | null; price_text: string | null; sum_text?: string; saved_sentence?: string; cta: { action: string; label: string } };
}

/** The schema dynstore.decision/1; docs/http-api.md has all of its fields. */
export interface Decision {
  schema: 'dynstore.decision/1';
  id: string;
  surface: string;
  page_item?: string;
  moment: string;
  rung: string;
  language: string | null;
  versions: Record<string, string | null>;
  overlay?: 'behind';
  ttl: number;
  token?: string;
  slots: Slot[];
  [field: string]: unknown;
}

/** What dynstore-json.js hands over to dynstore.js. */
export interface Renderer {
  blocks: HTMLElement[];
  render(decision: Decision, slot: Slot): HTMLElement;
}

export interface Callbacks {
  /** An event was noticed; it is on its way, or waits for consent. */
  event: ShopEvent;
  /** nginx has answered with newer blocks: a document with sections, or a decision. */
  answer: Document | Decision;
  /** A block is in the page: at first, and whenever it was replaced. */
  shown: HTMLElement;
  /** An item was put into the cart by the address in data-cart. */
  added: { item_id?: string; item_list_id?: string; decision_id?: string };
  /** Consent became known on this page. */
  consent: Consent;
  /** What failed without harm to the page: a request, or a callback. */
  error: unknown;
}

export interface Dynstore {
  /** What the shopper allows; written into the cookie dyn_consent. */
  consent(level: Consent): void;
  track(event: ShopEvent): void;
  /** Asks for the page's blocks, or one of them; they are shown where that moves nothing. */
  refresh(slot?: string): Promise<void>;
  /** Nothing is replaced until resume(). */
  pause(): void;
  resume(): void;
  on<Name extends keyof Callbacks>(name: Name, callback: (value: Callbacks[Name]) => void): void;
  render(renderer: Renderer): void;
  /** Calls by name, as those made before the script was loaded: push(['track', event]). */
  push(...calls: [name: string, ...words: any[]][]): void;
}

declare global {
  interface Window {
    dynstore?: Dynstore | [name: string, ...words: any[]][];
    /** Google's, where data-datalayer says that it is read. */
    dataLayer?: any[];
  }
  interface Document {
    readonly prerendering?: boolean;
  }
}
