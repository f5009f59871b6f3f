import MiniSearch from 'minisearch';

// Searches the documentation in the browser. The pages work without this script, and the form then
// leads to a list of all pages.
const MOST = 8;
const EXCERPT = 140;
const { base } = document.body.dataset;
const form = document.querySelector('form[role="search"]');
const input = form.querySelector('input');
const popup = form.querySelector('.results');
const full = document.querySelector('main .results');
let index;

/** Reads the parts of all pages, once, when somebody begins to search. */
function open() {
  index ??= fetch(`${base}assets/search.json`)
    .then((answer) => answer.json())
    .then((entries) => {
      const search = new MiniSearch({
        fields: ['heading', 'title', 'text', 'code'],
        storeFields: ['title', 'heading', 'address', 'text'],
        searchOptions: {
          prefix: true,
          fuzzy: 0.15,
          combineWith: 'AND',
          boost: { heading: 4, title: 3, code: 0.5 },
        },
      });
      search.addAll(entries);
      return search;
    });
  return index;
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** Whole words around the first term, which is marked wherever it stands in them. */
function excerpt(text, terms) {
  const [term = ''] = terms;
  const at = Math.max(0, text.toLowerCase().indexOf(term));
  const from = at < EXCERPT / 2 ? 0 : text.lastIndexOf(' ', at - EXCERPT / 3) + 1;
  const end = text.length > from + EXCERPT ? text.lastIndexOf(' ', from + EXCERPT) : text.length;
  const shown = text.slice(from, Math.max(end, at + term.length));
  const made = element('span', from > 0 ? '… ' : '');
  let rest = 0;
  const pieces = term === '' ? [] : shown.toLowerCase().split(term).slice(0, -1);
  for (const { length } of pieces) {
    const mark = rest + length;
    made.append(shown.slice(rest, mark), element('mark', shown.slice(mark, mark + term.length)));
    rest = mark + term.length;
  }
  made.append(shown.slice(rest), end < text.length ? ' …' : '');
  return made;
}

function show(place, found) {
  const list = document.createElement('ul');
  for (const { title, heading, address, text, terms } of found) {
    const link = document.createElement('a');
    link.href = address;
    link.append(element('strong', heading || title));
    if (heading) link.append(element('small', title));
    link.append(excerpt(text, terms));
    const item = document.createElement('li');
    item.append(link);
    list.append(item);
  }
  place.replaceChildren(
    found.length > 0 ? list : element('p', 'Nothing was found. Try fewer or other words.'),
  );
}

async function suggest() {
  const words = input.value.trim();
  if (words === '') {
    popup.hidden = true;
    return;
  }
  const found = (await open()).search(words).slice(0, MOST);
  if (words !== input.value.trim()) return;
  show(popup, found);
  popup.hidden = false;
}

input.addEventListener('focus', () => void open());
input.addEventListener('input', () => void suggest());
form.addEventListener('keydown', (event) => {
  const links = [input, ...popup.querySelectorAll('a')];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === 'Escape') {
    popup.hidden = true;
    input.focus();
  } else if (step && !popup.hidden) {
    event.preventDefault();
    const at = links.indexOf(document.activeElement) + step;
    links[(at + links.length) % links.length].focus();
  }
});
document.addEventListener('click', ({ target }) => {
  if (!form.contains(target)) popup.hidden = true;
});
document.addEventListener('keydown', (event) => {
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? '');
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  input.focus();
});

async function answerPage() {
  const words = new URLSearchParams(location.search).get('q')?.trim() ?? '';
  input.value = words;
  if (words !== '') show(full, (await open()).search(words));
}
if (full) void answerPage();
