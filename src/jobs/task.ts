import type { Selectable } from 'kysely';
import type { CarrierTasksTable } from '../db/tables/acting-tables.ts';

/** The kinds of resources that workers process. */
export const TASK_KINDS = [
  'message',
  'call',
  'number',
  'transcription',
  'detection',
  'grant',
  'cost',
] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** The work that is left to do with a resource; see `hand-over.ts`. */
export type Task = Omit<Selectable<CarrierTasksTable>, 'kind'> & {
  readonly kind: TaskKind;
};

/** The next step of a resource. `name` distinguishes the steps of one kind. */
export interface Step {
  readonly name: string;
}

/** A step and when it falls due, by the product's clock. */
export interface NextStep<S extends Step = Step> {
  readonly step: S;
  readonly date_next: number;
}

/** The real time for which a claimed task belongs to its worker. It is longer than any request. */
export const TASK_LEASE_MS = 60_000;
