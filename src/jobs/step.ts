import { z } from 'zod';
import { ApiError } from '../kit/api-error.ts';
import type { Step, TaskKind } from './task.ts';

/**
 * The version of the steps that this server writes. A change of a step's fields is a new version,
 * so that servers of two versions may share an inbox. A step without a version is of the first.
 */
const STEP_VERSIONS: Readonly<Record<TaskKind, number>> = {
  message: 1,
  call: 1,
  number: 1,
  transcription: 1,
  detection: 1,
  grant: 1,
  cost: 1,
};

/** The steps of one kind of task. */
export interface Steps<S extends Step> {
  readonly kind: TaskKind;
  readonly schema: z.ZodType<S>;
}

/** A schema for every field of `T`. */
export type Shape<T> = { readonly [Field in keyof T]-?: z.ZodType<T[Field]> };

const VERSIONED = z.object({ v: z.int().default(1) });

/**
 * A step that this server cannot read: it has another version, or a form that its kind does not
 * have. A worker puts it off. A request that would change its resource is refused and may be sent
 * again.
 */
export class UnreadableStep extends ApiError {
  readonly kind: TaskKind;
  /** The step's version; null: the step names none. */
  readonly version: number | null;
  readonly problem: string;

  constructor(kind: TaskKind, version: number | null, problem: string) {
    const message = `A server of another version works on this ${kind}; try again shortly`;
    super(503, 20503, message, { headers: { 'Retry-After': '1' } });
    this.kind = kind;
    this.version = version;
    this.problem = problem;
  }
}

export function writeStep(kind: TaskKind, step: Step): string {
  return JSON.stringify({ v: STEP_VERSIONS[kind], ...step });
}

/** @throws UnreadableStep */
export function readStep<S extends Step>({ kind, schema }: Steps<S>, text: string): S {
  const value = parse(text);
  const { success, data } = VERSIONED.safeParse(value);
  if (!success) throw new UnreadableStep(kind, null, 'The step names no version');
  if (data.v !== STEP_VERSIONS[kind]) {
    throw new UnreadableStep(kind, data.v, `This server reads version ${STEP_VERSIONS[kind]}`);
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new UnreadableStep(kind, data.v, `${issue?.path.join('.')}: ${issue?.message}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
