import { parse } from 'acorn';
import type { Cell } from '../notebook.ts';
import type { Outcome } from './outcome.ts';

/** The names in a cell's code by which cells depend on one another. */
interface Names {
  /** The names that the cell defines for the next cells. */
  readonly given: ReadonlySet<string>;
  /** All names that the cell mentions. */
  readonly used: ReadonlySet<string>;
  /** Whether the cell loads a script, which may define any name. */
  readonly loads: boolean;
}

type Known = Pick<Cell, 'index' | 'part'>;
type Node = Readonly<Record<string, unknown>>;

/**
 * Finds out whether a failure follows from an earlier one. It does when the cell mentions a name
 * that a failed cell should have defined, or asks a question that has already gone unanswered.
 */
export class WhatFollows {
  /** Undefined names, each with the cell whose failure is to blame. */
  readonly #lost = new Map<string, number>();
  readonly #unanswered = new Map<string, number>();
  #unloaded: number | null = null;
  #previous: number | null = null;

  /**
   * Takes the outcome of the next cell.
   * @returns the number of the cell whose failure caused this one; null when the cell is ok or
   *   failed for its own reasons
   */
  add(cell: Known, { state, failure }: Pick<Outcome, 'state' | 'failure'>): number | null {
    const { index, part } = cell;
    const names = namesIn(part.source);
    const before = this.#previous;
    this.#previous = index;
    if (state === 'ok') {
      for (const name of [...names.given, `$${index}`]) this.#lost.delete(name);
      return null;
    }
    const blamed = state === 'failed' ? this.#blamed(names, failure, before) : null;
    const origin = blamed ?? index;
    for (const name of [...names.given, `$${index}`]) this.#lost.set(name, origin);
    if (names.loads) this.#unloaded ??= origin;
    const question = questionOf(failure);
    if (question !== null && !this.#unanswered.has(question)) {
      this.#unanswered.set(question, origin);
    }
    return blamed;
  }

  #blamed({ used }: Names, failure: Outcome['failure'], before: number | null): number | null {
    const asked = this.#unanswered.get(questionOf(failure) ?? '');
    if (asked !== undefined) return asked;
    for (const name of used) {
      const lost = this.#lost.get(name === '$_' ? `$${before}` : name);
      if (lost !== undefined) return lost;
    }
    return failure?.name === 'ReferenceError' ? this.#unloaded : null;
  }
}

/** The unanswered question. The advice that follows it in the message is cut off. */
function questionOf(failure: Outcome['failure']): string | null {
  if (failure?.cause !== 'unanswered') return null;
  return failure.message.replace(/": .*$/s, '');
}

function namesIn(source: string): Names {
  const given = new Set<string>();
  const used = new Set<string>();
  const loads = /\bload\s*\(/.test(source);
  for (const [, , client = ''] of source.matchAll(/\bcreateClient\s*\(\s*(["'`])([\w$.]+)\1/g)) {
    given.add(client.replace(/\..*$/, ''));
  }
  try {
    const options = { ecmaVersion: 'latest', allowAwaitOutsideFunction: true } as const;
    visit(parse(source, options) as unknown as Node, { given, used });
  } catch {
    // Code with a syntax error depends on no name and defines none.
  }
  return { given, used, loads };
}

function visit(node: Node, names: { given: Set<string>; used: Set<string> }): void {
  const { type } = node;
  if (type === 'Identifier') names.used.add(String(node['name']));
  const target = type === 'AssignmentExpression' ? node['left'] : node['id'];
  for (const name of targetsOf(target)) names.given.add(name);
  for (const [key, value] of Object.entries(node)) {
    // The name of a property is not a variable of the notebook.
    if ((key === 'property' || key === 'key') && node['computed'] === false) continue;
    for (const inner of [value].flat()) if (isNode(inner)) visit(inner, names);
  }
}

/** The names that a pattern assigns. */
function targetsOf(target: unknown): string[] {
  if (!isNode(target)) return [];
  if (target['type'] === 'Identifier') return [String(target['name'])];
  if (!/Pattern$|^(Property|RestElement)$/.test(String(target['type']))) return [];
  const inner = [target['elements'], target['properties'], target['value'], target['argument']];
  return [...inner.flat(), target['left']].flatMap(targetsOf);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}
