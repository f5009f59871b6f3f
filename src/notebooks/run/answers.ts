import { type AnyNode, parse } from 'acorn';

/** An answer that the user prepared before the run. */
export interface PreparedAnswer {
  readonly pattern: RegExp;
  readonly value: string;
  /** The option that gave the answer: `--answer "Account"`. A report names it if it was unused. */
  readonly given_by: string;
}

/** The answers that are known before a notebook asks. */
export interface Prepared {
  /** Tried in this order. */
  readonly answers: readonly PreparedAnswer[];
  /** Keyed by the variable to which a cell assigns the answer. */
  readonly params: ReadonlyMap<string, string>;
  readonly account_sid: string | null;
}

/** The answer to a prompt and its source. */
export interface Found {
  readonly value: string;
  readonly used: PreparedAnswer | { readonly param: string } | null;
}

const ASKS_FOR_ACCOUNT = /Account SID/i;
const ASKS_FOR_SECRET = /token|secret|password/i;

/**
 * Finds the answer to a prompt. It tries, in this order: the prepared answers whose patterns match
 * the message, the value for the variable that the cell assigns, and, if the message asks for an
 * account SID, the account's SID.
 * @returns null when none of them applies and a person has to answer
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

/** Whether the answer to a question is a secret. */
export function isSecretQuestion(message: string): boolean {
  return ASKS_FOR_SECRET.test(message);
}

/**
 * The variable to which a cell assigns the answer of a prompt: `name = prompt("…")`.
 * @returns null when the cell has no such prompt, or several that the message cannot tell apart
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
  /** The question, if it is a literal in the code; null if the code computes it. */
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

/** The question of the first prompt in an expression; undefined when there is no prompt. */
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
    // The engine reports the syntax error when the cell runs.
    return null;
  }
}

/** Calls `look` with a node and all nodes below it, in the order of the source. */
function visit(root: AnyNode | null, look: (node: AnyNode) => void): void {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (isNode(next)) look(next);
    else if (!Array.isArray(next)) continue;
    // A list may have more items than one call of push takes arguments.
    for (const below of Object.values(next).toReversed()) {
      if (typeof below === 'object') waiting.push(below);
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
