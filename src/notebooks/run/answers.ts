import { type AnyNode, parse } from 'acorn';

/** An answer that was given before anybody asked. */
export interface PreparedAnswer {
  readonly pattern: RegExp;
  readonly value: string;
  /** How it was given, to say that it was not needed: `--answer "Account"`. */
  readonly given_by: string;
}

/** Everything that is known before a notebook asks. */
export interface Prepared {
  /** In the order in which they are tried. */
  readonly answers: readonly PreparedAnswer[];
  /** By the variable that a cell assigns the answer to. */
  readonly params: ReadonlyMap<string, string>;
  readonly account_sid: string | null;
}

/** What was found for a prompt, and where. */
export interface Found {
  readonly value: string;
  readonly used: PreparedAnswer | { readonly param: string } | null;
}

const ASKS_FOR_ACCOUNT = /Account SID/i;
const ASKS_FOR_SECRET = /token|secret|password/i;

/**
 * Finds the answer to a prompt: a prepared answer whose pattern matches the message, the value for
 * the variable that the cell assigns, the account SID where the message asks for one.
 * @returns null where there is none, and somebody has to be asked
 */
export function findAnswer(message: string, source: string, prepared: Prepared): Found | null {
  const answer = prepared.answers.find(({ pattern }) => pattern.test(message));
  if (answer) return { value: answer.value, used: answer };
  const param = promptVariable(source, message);
  const value = param === null ? undefined : prepared.params.get(param);
  if (param !== null && value !== undefined) return { value, used: { param } };
  const isImplied = prepared.account_sid !== null && ASKS_FOR_ACCOUNT.test(message);
  return isImplied ? { value: prepared.account_sid, used: null } : null;
}

/** Whether the answer to a question should be seen by nobody. */
export function isSecretQuestion(message: string): boolean {
  return ASKS_FOR_SECRET.test(message);
}

/**
 * The variable that a cell assigns the answer of a prompt to: `name = prompt("…")`.
 * @returns null where the cell has no such prompt, or more of them than the message tells apart
 */
export function promptVariable(source: string, message: string): string | null {
  const prompts = promptsOf(source);
  const said = prompts.filter((prompt) => prompt.message === message);
  const fitting = said.length > 0 ? said : prompts.filter((prompt) => prompt.message === null);
  const names = new Set(fitting.map(({ name }) => name));
  const [name] = names;
  return names.size === 1 && name !== undefined ? name : null;
}

interface AssignedPrompt {
  readonly name: string;
  /** What it asks, where that stands in the code; null where it is worked out. */
  readonly message: string | null;
}

function promptsOf(source: string): AssignedPrompt[] {
  const found: AssignedPrompt[] = [];
  visit(parsed(source), (node) => {
    const [target, value] =
      node.type === 'AssignmentExpression'
        ? [node.left, node.right]
        : node.type === 'VariableDeclarator'
          ? [node.id, node.init]
          : [null, null];
    if (target?.type !== 'Identifier' || !value) return;
    const message = promptIn(value);
    if (message !== undefined) found.push({ name: target.name, message });
  });
  return found;
}

/** What the first prompt inside an expression asks; undefined where it has none. */
function promptIn(expression: AnyNode): string | null | undefined {
  let message: string | null | undefined;
  visit(expression, (node) => {
    if (message !== undefined || node.type !== 'CallExpression' || !isPrompt(node.callee)) return;
    const [first] = node.arguments;
    message = first?.type === 'Literal' && typeof first.value === 'string' ? first.value : null;
  });
  return message;
}

function isPrompt(callee: AnyNode): boolean {
  if (callee.type === 'Identifier') return callee.name === 'prompt';
  return (
    callee.type === 'MemberExpression' &&
    callee.object.type === 'Identifier' &&
    callee.object.name === 'window' &&
    callee.property.type === 'Identifier' &&
    callee.property.name === 'prompt'
  );
}

function parsed(source: string): AnyNode | null {
  try {
    return parse(source, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowAwaitOutsideFunction: true,
    });
  } catch {
    // Whoever runs the cell says what is wrong with it.
    return null;
  }
}

/** Calls `look` with a node and all below it, in the order of the source. */
function visit(root: AnyNode | null, look: (node: AnyNode) => void): void {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (isNode(next)) look(next);
    else if (!Array.isArray(next)) continue;
    // One by one: a list may have more items than a call takes arguments.
    for (const below of Object.values(next).toReversed()) {
      if (typeof below === 'object') waiting.push(below);
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
