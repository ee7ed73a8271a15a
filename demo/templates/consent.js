// The question what may be kept of a shopper, where the shop asks before (DEMO_CONSENT=required). The answer goes to dynstore.js, which keeps
// it in the cookie dyn_consent for nginx, too. It can be changed at the foot of each page.
(() => {
  'use strict';
  const german = document.documentElement.lang === 'de';
  const words = german
    ? { name: 'Ihre Wahl', text: 'Dürfen wir uns merken, was Sie ansehen? Dann zeigen wir, was dazu passt.', again: 'Was bleiben darf',
        levels: [['full', 'Ja'], ['functional', 'Nur für diesen Besuch'], ['none', 'Nein']] }
    : { name: 'Your choice', text: 'May we remember what you look at? Then we show what goes with it.', again: 'What may be kept',
        levels: [['full', 'Yes'], ['functional', 'For this visit only'], ['none', 'No']] };

  function button(name, text, pressed) {
    const element = document.createElement('button');
    element.type = 'button';
    element.className = name;
    element.textContent = text;
    element.addEventListener('click', pressed);
    return element;
  }

  const question = document.createElement('section'), text = document.createElement('p'), answers = document.createElement('div');
  question.className = 'consent';
  question.setAttribute('aria-label', words.name);
  text.textContent = words.text;
  answers.append(...words.levels.map(([level, word]) => button('button ghost', word, () => {
    window.dynstore.consent(level);
    question.remove();
  })));
  question.append(text, answers);

  const ask = () => document.querySelector('.skip').after(question);
  document.querySelector('.legal').append(' · ', button('consent-again', words.again, () => {
    ask();
    answers.firstChild.focus();
  }));
  if (!/(^|; )dyn_consent=/.test(document.cookie)) { ask(); }
})();
