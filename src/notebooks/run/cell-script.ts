import type { AnyNode, Options, Pattern, Program } from 'acorn';
import { parse } from 'acorn';

/** The script that the engine evaluates for a cell. */
export interface CellScript {
  readonly text: string;
  /** The syntax error of code with `await`. The engine would only report the `await` itself. */
  readonly error: {
    readonly message: string;
    readonly line: number;
    readonly column: number;
  } | null;
  /** Maps a place in the script to its column in the cell; null if its line is another. */
  readonly columnAt: (line: number, column: number) => number | null;
}

/**
 * Turns a cell's code into the script for the engine. In the original API Notebook the next cells
 * see a cell's `var`, functions and assignments, but not its `let`, `const` and `class`. Here they
 * see all of these, and may declare them again. A cell may also `await`. Line numbers stay the
 * same.
 *
 * Code that cannot be parsed stays unchanged, and the engine reports the error.
 */
export function cellScript(source: string): CellScript {
  const plain = read(source, { allowAwaitOutsideFunction: false });
  if (!('at' in plain)) {
    const edits = [...sloppy(plain), ...declarationsOf(plain).flatMap(lasting)];
    return scriptOf(source, edits);
  }
  const waiting = read(source, { allowAwaitOutsideFunction: true });
  if (!('at' in waiting)) return scriptOf(source, asynchronous(source, waiting));
  const { message, at } = waiting;
  // When allowing `await` does not move the error, the error has nothing to do with `await`.
  if (at <= plain.at) return scriptOf(source, []);
  const before = source.slice(0, at).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return { ...scriptOf(source, []), error: { message, line: before.length, column } };
}

/** Disables "use strict": the original ran a cell inside a block, where it had no effect. */
function sloppy({ body: [first] }: Program): Edit[] {
  const isDirective = first?.type === 'ExpressionStatement' && first.directive !== undefined;
  return isDirective ? [{ start: 0, end: 0, text: ';' }] : [];
}

/** Replaces the source from `start` to `end` by `text`. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A syntax error and its offset. */
interface Unread {
  readonly message: string;
  readonly at: number;
}

function read(
  source: string,
  options: Pick<Options, 'allowAwaitOutsideFunction'>,
): Program | Unread {
  try {
    return parse(source, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowHashBang: false,
      ...options,
    });
  } catch (error) {
    // The error is a syntax error, or the parser's stack overflows on very deep nesting.
    const { message, pos = 0 } = error as Error & { readonly pos?: number };
    return { message: message.replace(/ \(\d+:\d+\)$/, ''), at: pos };
  }
}

function scriptOf(source: string, unsorted: readonly Edit[]): CellScript {
  const edits = unsorted.toSorted((a, b) => a.start - b.start);
  let text = '';
  let end = 0;
  for (const edit of edits) {
    text += source.slice(end, edit.start) + edit.text;
    end = edit.end;
  }
  text += source.slice(end);
  return {
    text,
    error: null,
    columnAt: (line, column) => columnAt({ source, text, edits }, { line, column }),
  };
}

function columnAt(
  {
    source,
    text,
    edits,
  }: { readonly source: string; readonly text: string; readonly edits: readonly Edit[] },
  { line, column }: { readonly line: number; readonly column: number },
): number | null {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  // The engine counts characters. Some characters take two UTF-16 units of a string.
  const within = [...(lines[line - 1] ?? '')].slice(0, column - 1).join('').length;
  let at = before + within;
  for (const edit of edits) {
    if (edit.start > at) break;
    const moved = edit.text.length - (edit.end - edit.start);
    at = Math.max(at - moved, edit.start);
  }
  const above = source.slice(0, at).split('\n');
  return above.length === line ? (above.at(-1)?.length ?? 0) + 1 : null;
}

function declarationsOf(program: Program): AnyNode[] {
  return program.body.filter(
    ({ type }) => type === 'VariableDeclaration' || type === 'ClassDeclaration',
  );
}

/** Turns `let` and `const` into `var`, and a class declaration into a `var` with a class value. */
function lasting(node: AnyNode): Edit[] {
  if (node.type === 'ClassDeclaration') {
    return [
      { start: node.start, end: node.start, text: `var ${node.id?.name ?? 'unnamed'} = ` },
      { start: node.end, end: node.end, text: ';' },
    ];
  }
  if (node.type !== 'VariableDeclaration' || node.kind === 'var') return [];
  return [{ start: node.start, end: node.start + node.kind.length, text: 'var' }];
}

/**
 * Wraps code with `await` in an async function. Its declarations move outside the function, and the
 * function only assigns them. It returns the value of the last statement if that is an expression.
 */
function asynchronous(source: string, program: Program): Edit[] {
  const names = new Set<string>();
  const edits: Edit[] = [];
  for (const statement of program.body) visit(statement, { is_top: true }, names, edits);
  // Code may call a function above its declaration, so the functions are assigned first.
  const functions = program.body.flatMap((one) =>
    one.type === 'FunctionDeclaration' ? [one.id.name] : [],
  );
  const shared = functions.map((name) => `globalThis.${name} = ${name}; `).join('');
  const last = program.body.at(-1);
  if (last?.type === 'ExpressionStatement') {
    const { start, end } = last.expression;
    edits.push({ start, end: start, text: 'return (' }, { start: end, end, text: ')' });
  }
  const declared = names.size > 0 ? `var ${[...names].join(', ')}; ` : '';
  const opening = { start: 0, end: 0, text: `${declared}(async () => { ;${shared}` };
  const closing = { start: source.length, end: source.length, text: '\n})()' };
  return [opening, ...edits, closing];
}

/** The nodes that open a new scope for `var`. */
const SCOPES = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassExpression',
]);

/** Finds declarations for the next cells: all kinds at the top level, only `var` further inside. */
function visit(
  node: AnyNode,
  { is_top }: { readonly is_top: boolean },
  names: Set<string>,
  edits: Edit[],
): void {
  if (node.type === 'VariableDeclaration') {
    if (is_top || node.kind === 'var') assignOnly(node, names, edits);
  } else if (node.type === 'ClassDeclaration') {
    if (is_top) edits.push(...named(node.id?.name, node, names));
    return;
  } else if (SCOPES.has(node.type)) return;
  for (const inner of childrenOf(node)) visit(inner, { is_top: false }, names, edits);
}

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node)
    .flat()
    .filter((value): value is AnyNode => typeof (value as AnyNode | null)?.type === 'string');
}

/**
 * Rewrites `const a = 1, {b} = c` to `void (a = 1, {b} = c)`. The head `for (const a of b)` assigns
 * nothing itself, and its pattern must not have parentheses, so there only the keyword goes.
 */
function assignOnly(
  node: Extract<AnyNode, { type: 'VariableDeclaration' }>,
  names: Set<string>,
  edits: Edit[],
): void {
  for (const { id, init } of node.declarations) {
    for (const name of namesIn(id)) names.add(name);
    // `let a` sets `a` to undefined. `var a` keeps an earlier value of `a`.
    if (!init && id.type === 'Identifier' && node.kind === 'let') {
      edits.push({ start: id.end, end: id.end, text: ' = undefined' });
    }
  }
  const first = node.declarations[0]?.id.start ?? node.end;
  const last = node.declarations.at(-1)?.end ?? node.end;
  const isLoopHead = node.declarations.length === 1 && !node.declarations[0]?.init;
  edits.push({ start: node.start, end: first, text: isLoopHead ? '' : 'void (' });
  if (!isLoopHead) edits.push({ start: last, end: last, text: ')' });
}

function namesIn(pattern: Pattern): string[] {
  if (pattern.type === 'Identifier') return [pattern.name];
  if (pattern.type === 'ArrayPattern') {
    return pattern.elements.flatMap((one) => (one ? namesIn(one) : []));
  }
  if (pattern.type === 'ObjectPattern') {
    return pattern.properties.flatMap((one) =>
      namesIn(one.type === 'RestElement' ? one.argument : one.value),
    );
  }
  if (pattern.type === 'RestElement') return namesIn(pattern.argument);
  return pattern.type === 'AssignmentPattern' ? namesIn(pattern.left) : [];
}

/** Turns a class declaration into an assignment at the same place. */
function named(name: string | undefined, node: AnyNode, names: Set<string>): Edit[] {
  if (name === undefined) return [];
  names.add(name);
  return [
    { start: node.start, end: node.start, text: `${name} = ` },
    { start: node.end, end: node.end, text: ';' },
  ];
}
