import type { Step } from './api-tree.ts';
import { VERBS } from './verbs.ts';

// This file finds the steps that code can add to a client, from the client's description.

/** One step of a chain: `.Usage`, or `.AccountSid("AC…")`. */
export interface Link {
  readonly name: string;
  readonly is_called: boolean;
}

/** An unfinished chain: its complete steps and the beginning of the next step. */
export interface Chain {
  readonly links: readonly Link[];
  readonly begun: string;
}

/** A possible next step of a chain. */
export interface Member {
  readonly name: string;
  /** The step's parameters or its description. */
  readonly detail: string;
}

/** A chain is looked for in this many characters before the cursor. */
const MAX_CHAIN_LENGTH = 2_000;

/** Reads the chain at the end of `code`; null when there is none. */
export function chainAtEnd(code: string): Chain | null {
  const text = code.slice(-MAX_CHAIN_LENGTH);
  const begun = wordBefore(text, text.length);
  const links: Link[] = [];
  // A dot at the end of an earlier line usually ends a sentence, for example in a comment.
  let at = text.length - begun.length;
  while (text[at - 1] === '.') {
    at = spaceBefore(text, at - (text[at - 2] === '?' ? 2 : 1));
    const is_called = text[at - 1] === ')';
    if (is_called) at = spaceBefore(text, bracketBefore(text, at));
    const name = wordBefore(text, at);
    if (name === '') return null;
    links.unshift({ name, is_called });
    at -= name.length;
  }
  return links.length === 0 ? null : { links, begun };
}

/** The members of a client after these steps; none when the steps do not exist. */
export function membersBehind(root: Step, links: readonly Link[]): Member[] {
  let step = root;
  for (const [at, { name, is_called }] of links.entries()) {
    const next = stepBehind(step, name, is_called);
    if (next) step = next;
    else return at === links.length - 1 ? verbsOf(step, name) : [];
  }
  const { extension, about } = step;
  const words = wordsOf(extension);
  return [
    ...step.members.map(({ name, node }) => ({ name, detail: told(node) })),
    ...step.methods.map(({ name, parameters, node }) => ({
      name,
      detail: `(${parameters.map((one) => one.name).join(', ')}) ${told(node)}`.trim(),
    })),
    ...words.map((name) => ({ name, detail: Object.keys(extension?.verbs ?? {}).join(', ') })),
    ...Object.keys(step.verbs).map((name) => ({ name, detail: about[name] ?? '' })),
  ];
}

function stepBehind({ members, methods }: Step, name: string, is_called: boolean): Step | null {
  const found = (is_called ? methods : members).find((one) => one.name === name);
  return found?.node ?? null;
}

/** The verbs after `.json` or `.extension("json")`. */
function verbsOf({ extension, about }: Step, name: string): Member[] {
  const isThere = name === 'extension' || wordsOf(extension).includes(name);
  if (!extension || !isThere) return [];
  return Object.keys(extension.verbs).map((verb) => ({ name: verb, detail: about[verb] ?? '' }));
}

function wordsOf(extension: Step['extension']): string[] {
  return (extension?.values ?? []).map((value) => value.replace(/^\./, ''));
}

function told({ about }: Step): string {
  const verb = VERBS.find((one) => about[one]);
  return verb === undefined ? '' : (about[verb] ?? '');
}

function wordBefore(text: string, end: number): string {
  let at = end;
  while (at > 0 && /[\w$]/.test(text[at - 1] ?? '')) at -= 1;
  return text.slice(at, end);
}

function spaceBefore(text: string, end: number): number {
  let at = end;
  while (at > 0 && /\s/.test(text[at - 1] ?? '')) at -= 1;
  return at;
}

/** The index of the bracket that is closed at `end`, or 0. Brackets in quotes do not count. */
function bracketBefore(text: string, end: number): number {
  let open = 0;
  for (let at = end - 1; at >= 0; at -= 1) {
    const one = text[at] ?? '';
    if (/["'`]/.test(one)) at = text.lastIndexOf(one, at - 1);
    if (at < 0 || (one !== ')' && one !== '(')) continue;
    open += one === ')' ? 1 : -1;
    if (open === 0) return at;
  }
  return 0;
}

/**
 * The clients that a notebook creates: the addresses of their descriptions, by the clients' names.
 */
export function clientsIn(sources: readonly string[]): Map<string, string> {
  const made = /\bAPI\s*\.\s*createClient\s*\(\s*(["'`])([\w$.]+)\1\s*,\s*(["'`])([^"'`\n]+)\3/g;
  const found = new Map<string, string>();
  for (const source of sources) {
    for (const [, , name = '', , url = ''] of source.matchAll(made)) found.set(name, url);
  }
  return found;
}

/** The client at the beginning of a chain, and the steps after it; null when there is none. */
export function clientOf<T>(
  clients: ReadonlyMap<string, T>,
  links: readonly Link[],
): { readonly client: T; readonly links: readonly Link[] } | null {
  for (const [name, client] of clients) {
    const names = name.split('.');
    const isThis = names.every((one, at) => links[at]?.name === one && !links[at]?.is_called);
    if (isThis) return { client, links: links.slice(names.length) };
  }
  return null;
}
