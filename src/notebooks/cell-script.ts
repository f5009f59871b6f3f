import type { AnyNode, Pattern, Program } from 'acorn';
import { parse } from 'acorn';

/**
 * Makes of a cell's code what is evaluated. In the original a cell's `var`, functions and
 * assignments are seen by the cells after it, and `let`, `const` and `class` are not; here all
 * are, and may be declared again. A cell may also `await`. Lines stay where they are.
 *
 * What cannot be parsed is left as it is: the engine says what is wrong with it.
 */
export function cellScript(source: string): string {
  const plain = read(source, false);
  if (plain) return sloppy(plain) + edited(source, declarationsOf(plain).flatMap(lasting));
  const waiting = read(source, true);
  return waiting ? asynchronous(source, waiting) : source;
}

/** The original's cells stood in a block, where "use strict" means nothing. */
function sloppy({ body: [first] }: Program): string {
  return first?.type === 'ExpressionStatement' && first.directive !== undefined ? ';' : '';
}

/** Puts `text` in the place of what stands from `start` to `end`. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function read(source: string, allowAwaitOutsideFunction: boolean): Program | null {
  try {
    return parse(source, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowAwaitOutsideFunction,
      allowHashBang: false,
    });
  } catch {
    // A syntax error; or nesting so deep that the parser's own stack ends.
    return null;
  }
}

function edited(source: string, edits: readonly Edit[]): string {
  let text = '';
  let at = 0;
  for (const { start, end, text: put } of edits.toSorted((a, b) => a.start - b.start)) {
    text += source.slice(at, start) + put;
    at = end;
  }
  return text + source.slice(at);
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
function asynchronous(source: string, program: Program): string {
  const names = new Set<string>();
  const edits: Edit[] = [];
  for (const statement of program.body) visit(statement, true, names, edits);
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
  return `${declared}(async () => { ;${shared}${edited(source, edits)}\n})()`;
}

/** What has a scope of its own for `var`. */
const SCOPES = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassExpression',
]);

/** Finds what a statement declares for the cells to come: at the top all, further in `var` only. */
function visit(node: AnyNode, isTop: boolean, names: Set<string>, edits: Edit[]): void {
  if (node.type === 'VariableDeclaration') {
    if (isTop || node.kind === 'var') assignOnly(node, names, edits);
  } else if (node.type === 'ClassDeclaration') {
    if (isTop) edits.push(...named(node.id?.name, node, names));
    return;
  } else if (SCOPES.has(node.type)) return;
  for (const inner of childrenOf(node)) visit(inner, false, names, edits);
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
