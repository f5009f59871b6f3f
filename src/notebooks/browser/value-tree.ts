import { preview } from '../report/preview.ts';
import type { Entry, Value } from '../run/outcome.ts';
import { linked, make } from './elements.ts';

/** A longer text scrolls within a few lines. */
const LONG_TEXT = 1_000;

/** A value as a tree. Branches are built when opened. Arrays and plain objects begin open. */
export function valueTree(label: string, value: Value): HTMLElement {
  const isPlain = value.kind === 'array' || (value.kind === 'object' && value.text === 'Object');
  return branch(label, value, { is_open: isPlain });
}

function branch(
  label: string,
  value: Value,
  { is_open }: { readonly is_open: boolean },
): HTMLElement {
  const name = label === '' ? null : make('span', { class: 'key' }, label);
  const entries = entriesOf(value);
  if (entries.length === 0) {
    const isLong = value.kind === 'string' && value.text.length > LONG_TEXT;
    const scrolls = isLong ? { class: 'leaf long', tabindex: '0' } : { class: 'leaf' };
    return make('div', scrolls, name, leaf(value));
  }
  const summary = make('summary', {}, name, make('span', { class: 'preview' }, preview(value)));
  const details = make('details', {}, summary);
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(twigs(entries, value));
  });
  if (is_open) {
    details.append(twigs(entries, value));
    details.open = true;
  }
  return details;
}

function entriesOf(value: Value): readonly Entry[] {
  return 'entries' in value ? value.entries : [];
}

function twigs(entries: readonly Entry[], value: Value): HTMLElement {
  const items = entries.map((entry) =>
    make(
      'li',
      {},
      branch(entry.key === '' ? '' : `${entry.key}: `, entry.value, { is_open: false }),
    ),
  );
  const more = 'more' in value ? value.more : 0;
  if (more > 0) items.push(make('li', { class: 'muted' }, `${more} more`));
  return make('ul', { class: 'tree' }, ...items);
}

function leaf(value: Value): HTMLElement {
  const shown = make('span', { class: `value ${classOf(value)}` });
  if (value.kind !== 'string') {
    shown.append(preview(value));
    return shown;
  }
  const { text, length } = value;
  shown.append(...linked(JSON.stringify(text)));
  if (length > text.length) {
    shown.append(make('span', { class: 'muted' }, ` (the beginning of ${length} characters)`));
  }
  return shown;
}

function classOf(value: Value): string {
  return value.kind === 'plain' ? value.type : value.kind;
}
