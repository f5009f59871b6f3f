import type { z } from 'zod';
import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import type { Db } from '../db/open-database.ts';
import { badRequest } from '../kit/api-error.ts';

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
  readonly input: z.ZodType;
  readonly output: z.ZodType | null;
  readonly handle: (call: ControlCall & Act) => Promise<unknown>;
}

export interface ControlCall<Input = unknown> {
  readonly app: App;
  readonly db: Db;
  readonly path: Readonly<Record<string, string>>;
  readonly input: Input;
  readonly origin: string;
}

export function controlEndpoint<Input extends z.ZodType>(
  spec: Omit<ControlEndpoint, 'input' | 'handle' | 'development_only'> & {
    readonly input: Input;
    readonly development_only?: boolean;
    readonly handle: (call: ControlCall<z.output<Input>> & Act) => Promise<unknown>;
  },
): ControlEndpoint {
  const handle = spec.handle as ControlEndpoint['handle'];
  return { development_only: false, ...spec, handle };
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
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue?.path.join('.') || 'The body';
  throw badRequest(`${name} ${ruleOf(issue)}.`);
}

function ruleOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') {
    return `does not take ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  }
  if (issue?.code === 'invalid_type') return `must be given as ${issue.expected}`;
  return issue?.message ?? 'is not valid';
}
