import type { Entry, Value } from '../run/outcome.ts';

/** The longest preview, in characters. */
export const MAX_PREVIEW_LENGTH = 160;
/** A preview shows at most this many entries of an object or an array. */
const MAX_PREVIEW_ENTRIES = 5;
/** The longest text of a string value, and of a string inside another value. */
const MAX_TEXT = 120;
const MAX_INNER_TEXT = 40;

/**
 * Shows a value in one line, like a browser's console: `Object {"body": Object, "status": 200}`.
 * @returns at most `MAX_PREVIEW_LENGTH` characters, without line feeds and control characters;
 *   `…` marks omissions
 */
export function preview(value: Value): string {
  const line = outer(value);
  return line.length > MAX_PREVIEW_LENGTH ? `${line.slice(0, MAX_PREVIEW_LENGTH - 1)}…` : line;
}

function outer(value: Value): string {
  if (value.kind === 'array') {
    const shown = value.entries.slice(0, MAX_PREVIEW_ENTRIES);
    const items = shown.map((entry) =>
      /^\d+$/.test(entry.key) ? inner(entry.value) : pair(entry),
    );
    return `[${listed(items, Math.max(value.length, value.entries.length) > shown.length)}]`;
  }
  if (value.kind === 'object') {
    const name = plain(value.text, MAX_TEXT);
    const shown = value.entries.slice(0, MAX_PREVIEW_ENTRIES).map(pair);
    const isCut = value.more > 0 || value.entries.length > shown.length;
    return shown.length === 0 && !isCut && name !== 'Object'
      ? name
      : `${name} {${listed(shown, isCut)}}`;
  }
  return scalar(value, MAX_TEXT);
}

function inner(value: Value): string {
  if (value.kind === 'array') return `Array[${value.length}]`;
  if (value.kind === 'object') return plain(value.text, MAX_INNER_TEXT);
  return scalar(value, MAX_INNER_TEXT);
}

function pair({ key, value }: Entry): string {
  // The entries of a Map already show their keys, and the entries of a Set have none.
  if (key === '') return inner(value);
  if (key.endsWith('=>')) return `${plain(key, MAX_INNER_TEXT)} ${inner(value)}`;
  return `${quoted(key, MAX_INNER_TEXT, key.length)}: ${inner(value)}`;
}

function listed(items: readonly string[], isCut: boolean): string {
  return [...items, ...(isCut ? ['…'] : [])].join(', ');
}

function scalar(value: Value, max: number): string {
  if (value.kind === 'string') return quoted(value.text, max, value.length);
  if (value.kind === 'function') {
    const [first = '', ...rest] = value.text.split('\n');
    return `${plain(first, max)}${rest.length > 0 ? '…' : ''}`;
  }
  return plain(value.text, max);
}

function quoted(text: string, max: number, length: number): string {
  const written = escapeControls(JSON.stringify(text.slice(0, max)));
  return length > max ? `${written.slice(0, -1)}…"` : written;
}

function plain(text: string, max: number): string {
  const line = escapeControls(text.replaceAll(/\s+/g, ' ').trim());
  return line.length > max ? `${line.slice(0, max)}…` : line;
}

/** Escapes all characters that could move a terminal's cursor or end the line. */
function escapeControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (found) => {
    const code = found.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}
