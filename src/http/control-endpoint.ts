import type { z } from 'zod';
import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import type { Ahead, Db } from '../db/database.ts';
import { badRequest } from '../kit/api-error.ts';
import { parseForm, singleValue, withoutEmpty } from './parameters/form.ts';
import type { PathParameters } from './path-parameters.ts';

/**
 * One call of the control API (`/_tieline/…`): JSON in and out, made by the operator or, in
 * development mode, by a test on this machine.
 */
export interface ControlEndpoint {
  readonly id: string;
  readonly summary: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly status: 200 | 201 | 204;
  /** Calls that only a test makes do not exist in production. */
  readonly development_only: boolean;
  /** The size limit of the body, when the server's own limit is too small. */
  readonly body_bytes?: number;
  /** The schema of the JSON body, or of a read's query parameters. */
  readonly input: z.ZodType;
  readonly output: z.ZodType | null;
  readonly account_of?: (call: ControlCall) => Promise<string | undefined>;
  readonly ahead_of?: (call: ControlCall) => Ahead;
  readonly handle: ControlHandler;
}

/**
 * A read answers from the database. A write runs in a transaction and answers from it. A handler
 * that `waits` for something outside the database starts its own deeds, because no deed may wait for
 * such a thing.
 */
type ControlHandler =
  | { readonly reads: (call: ControlCall) => Promise<unknown> }
  | { readonly writes: (call: ControlCall & Act) => Promise<unknown> }
  | { readonly waits: (call: ControlCall) => Promise<unknown> };

export interface ControlCall<Path extends string = string, Input = unknown> {
  readonly app: App;
  readonly db: Db;
  readonly path: PathParameters<Path>;
  readonly input: Input;
  readonly origin: string;
}

interface Common<Path extends string, Input extends z.ZodType> {
  readonly id: string;
  readonly summary: string;
  readonly path: Path;
  readonly development_only?: boolean;
  readonly body_bytes?: number;
  readonly input: Input;
  readonly output: z.ZodType | null;
}

/** A call that changes something. */
export function controlEndpoint<Path extends string, Input extends z.ZodType>(
  spec: Common<Path, Input> & {
    readonly method: 'POST' | 'DELETE';
    readonly status: ControlEndpoint['status'];
    /**
     * Finds the account in whose turn the call writes, when neither the input nor the path names
     * one. It decides nothing else.
     */
    readonly account_of?: (call: ControlCall<Path, z.output<Input>>) => Promise<string | undefined>;
    /** Tells the rows that the call will lock and read, so that it shares this with other calls. */
    readonly ahead_of?: (call: ControlCall<Path, z.output<Input>>) => Ahead;
    readonly handle: (call: ControlCall<Path, z.output<Input>> & Act) => Promise<unknown>;
  },
): ControlEndpoint {
  const handle = { writes: spec.handle } as ControlHandler;
  return { development_only: false, ...spec, handle } as ControlEndpoint;
}

/** A call that changes something in its own deeds, and may wait before and after them. */
export function controlWaitingEndpoint<Path extends string, Input extends z.ZodType>(
  spec: Common<Path, Input> & {
    readonly method: 'POST' | 'DELETE';
    readonly status: ControlEndpoint['status'];
    readonly handle: (call: ControlCall<Path, z.output<Input>>) => Promise<unknown>;
  },
): ControlEndpoint {
  const handle = { waits: spec.handle } as ControlHandler;
  return { development_only: false, ...spec, handle };
}

/** `GET`, with its parameters in the query. */
export function controlReadEndpoint<Path extends string, Input extends z.ZodType>(
  spec: Common<Path, Input> & {
    readonly handle: (call: ControlCall<Path, z.output<Input>>) => Promise<unknown>;
  },
): ControlEndpoint {
  const handle = { reads: spec.handle } as ControlHandler;
  return { development_only: false, ...spec, method: 'GET', status: 200, handle };
}

/**
 * Checks a JSON body.
 * @throws ApiError 400 with one sentence naming the first field that is wrong.
 */
export function readControlInput(schema: z.ZodType, body: string): unknown {
  let value: unknown = {};
  if (body.trim() !== '') {
    try {
      value = JSON.parse(body);
    } catch {
      throw badRequest('The body must be JSON.');
    }
  }
  return check(schema, value, 'The body');
}

/**
 * Checks the parameters of a query. An empty one counts as not given.
 * @throws ApiError 400 with one sentence naming the first parameter that is wrong.
 */
export function readControlQuery(schema: z.ZodType, query: string): unknown {
  const form = withoutEmpty(parseForm(query));
  const names = [...form.keys()];
  const given = Object.fromEntries(names.map((name) => [name, singleValue(form, name)]));
  return check(schema, given, 'The query');
}

/** @param whole the name for the whole value in error messages */
function check(schema: z.ZodType, value: unknown, whole: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const issue = first && issueMeant(first);
  throw badRequest(`${nameOf(issue?.path ?? []) || whole} ${ruleOf(issue)}.`);
}

/** For a schema with alternatives: the issue of the alternative that accepts this kind of value. */
function issueMeant(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const [inner] =
    issue.errors.find(([one]) => one && (one.code !== 'invalid_type' || one.path.length > 0)) ?? [];
  return inner ? issueMeant({ ...inner, path: [...issue.path, ...inner.path] }) : issue;
}

/** `[3].category`: the field of the fourth thing in a list. */
function nameOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return parts.join('').replace(/^\./, '');
}

function ruleOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') {
    return `does not take ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  }
  if (issue?.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    return `must be given as ${issue.expected}`;
  }
  return issue?.message ?? 'is not valid';
}
