import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
  ifNotIn,
} from '@codemirror/autocomplete';
import { chainAtEnd, clientOf, clientsIn, membersBehind } from '../describe/api-members.ts';
import type { ApiTree } from '../describe/api-tree.ts';

/** The parts of a notebook that completion reads. */
export interface Known {
  /** The code of the cells, in order. */
  readonly sources: () => readonly string[];
  readonly readApi: (address: string) => Promise<ApiTree | null>;
}

const word = (label: string, detail: string): Completion => ({ label, detail, type: 'function' });
const API: readonly Completion[] = [
  word('createClient', "('client', address)"),
  word('authenticate', '(client, user name)'),
  word('set', '(client, name, value)'),
  word('get', '(client, name)'),
  word('unset', '(client, name)'),
];
const GLOBALS: readonly Completion[] = [
  word('API', 'makes clients'),
  word('load', '(address)'),
  word('prompt', '(question, suggestion)'),
  word('confirm', '(question)'),
  word('alert', '(text)'),
  word('timeout', '(milliseconds)'),
  word('async', '()'),
  word('console', 'log, info, warn, error'),
  word('$_', 'the value of the cell before'),
];
const NO_CODE = ['String', 'TemplateString', 'LineComment', 'BlockComment', 'RegExp'];
const NAME = /^[\w$]*$/;

/** Completes the members of a client, from its description, and the names that every cell has. */
export function completionOf(known: Known): CompletionSource {
  return ifNotIn(NO_CODE, (context) => behindDot(context, known) ?? globals(context, known));
}

function behindDot(
  context: CompletionContext,
  { sources, readApi }: Known,
): Promise<CompletionResult | null> | CompletionResult | null {
  const code = context.state.sliceDoc(0, context.pos);
  const chain = chainAtEnd(code);
  if (!chain) return null;
  const from = context.pos - chain.begun.length;
  const result = (options: readonly Completion[]) => ({ from, options, validFor: NAME });
  const [first] = chain.links;
  if (first?.name === 'API' && chain.links.length === 1) return result(API);
  const found = clientOf(clientsIn([...sources(), context.state.sliceDoc()]), chain.links);
  if (!found) return result([]);
  return readApi(found.client).then((tree) => {
    const members = tree ? membersBehind(tree.root, found.links) : [];
    return result(members.map(({ name, detail }) => ({ label: name, detail, type: 'property' })));
  });
}

function globals(context: CompletionContext, { sources }: Known): CompletionResult | null {
  const begun = context.matchBefore(/[\w$]+/);
  if (!begun && !context.explicit) return null;
  const results = begun?.text.startsWith('$')
    ? sources().map((_, index) => word(`$${index}`, `the value of cell $${index}`))
    : [];
  const clients = [...clientsIn(sources()).keys()].map((name) => word(name, 'a client'));
  const options = [...GLOBALS, ...clients, ...results];
  return { from: begun?.from ?? context.pos, options, validFor: NAME };
}
