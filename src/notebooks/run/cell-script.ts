import type { AnyNode, Options, Pattern, Program } from 'acorn';
import { parse } from 'acorn';

/** What is evaluated for a cell. */
export interface CellScript {
  readonly text: string;
  /** What is wrong with code that waits: engines would only say that it must not wait. */
  readonly error: {
    readonly message: string;
    readonly line: number;
    readonly column: number;
  } | null;
  /** The column of the cell's code at a place of the text, where it stands in the same line. */
  readonly columnAt: (line: number, column: number) => number | null;
}

/**
 * Makes of a cell's code what is evaluated. In the original a cell's `var`, functions and
 * assignments are seen by the cells after it, and `let`, `const` and `class` are not; here all
 * are, and may be declared again. A cell may also `await`. Lines stay where they are.
 *
 * What cannot be parsed is left as it is: the engine says what is wrong with it.
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
  // Only code that waits is understood further when it may.
  if (at <= plain.at) return scriptOf(source, []);
  const before = source.slice(0, at).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return { ...scriptOf(source, []), error: { message, line: before.length, column } };
}

/** The original's cells stood in a block, where "use strict" means nothing. */
function sloppy({ body: [first] }: Program): Edit[] {
  const isDirective = first?.type === 'ExpressionStatement' && first.directive !== undefined;
  return isDirective ? [{ start: 0, end: 0, text: ';' }] : [];
}

/** Puts `text` in the place of what stands from `start` to `end`. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Why code cannot be parsed, and how far it could be. */
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
    // A syntax error; or nesting so deep that the parser's own stack ends.
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
  // Engines count characters, of which some are two units of a text.
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

/** `let` and `const` become `var`, a class the value of one. */
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
 * Code that waits runs in an async function; what it declares is declared outside of it, and
 * only assigned inside. It comes to the value of its last statement, where that is an expression.
 */
function asynchronous(source: string, program: Program): Edit[] {
  const names = new Set<string>();
  const edits: Edit[] = [];
  for (const statement of program.body) visit(statement, { isTop: true }, names, edits);
  // Functions may be called above where they stand.
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

/** What has a scope of its own for `var`. */
const SCOPES = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassExpression',
]);

/** Finds what a statement declares for the cells to come: at the top all, further in `var` only. */
function visit(
  node: AnyNode,
  { isTop }: { readonly isTop: boolean },
  names: Set<string>,
  edits: Edit[],
): void {
  if (node.type === 'VariableDeclaration') {
    if (isTop || node.kind === 'var') assignOnly(node, names, edits);
  } else if (node.type === 'ClassDeclaration') {
    if (isTop) edits.push(...named(node.id?.name, node, names));
    return;
  } else if (SCOPES.has(node.type)) return;
  for (const inner of childrenOf(node)) visit(inner, { isTop: false }, names, edits);
}

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node)
    .flat()
    .filter((value): value is AnyNode => typeof (value as AnyNode | null)?.type === 'string');
}

/**
 * `const a = 1, {b} = c` → `void (a = 1, {b} = c)`. In `for (const a of b)` there is nothing to
 * assign, and a pattern takes no parentheses.
 */
function assignOnly(
  node: Extract<AnyNode, { type: 'VariableDeclaration' }>,
  names: Set<string>,
  edits: Edit[],
): void {
  for (const { id, init } of node.declarations) {
    for (const name of namesIn(id)) names.add(name);
    // Declaring alone gives no value, and must not take one away.
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

/** A class is given to its name, where it stands. */
function named(name: string | undefined, node: AnyNode, names: Set<string>): Edit[] {
  if (name === undefined) return [];
  names.add(name);
  return [
    { start: node.start, end: node.start, text: `${name} = ` },
    { start: node.end, end: node.end, text: ';' },
  ];
}
