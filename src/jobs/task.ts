import type { Selectable } from 'kysely';
import type { CarrierTasksTable } from '../db/tables/acting-tables.ts';

/** The kinds of things that workers are handed. */
export const TASK_KINDS = ['message', 'call', 'number', 'transcription', 'detection'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** Something that is still to be done; see `hand-over.ts`. */
export type Task = Omit<Selectable<CarrierTasksTable>, 'kind'> & {
  readonly kind: TaskKind;
};

/** What is to be done next with a thing. `name` tells the steps of one kind apart. */
export interface Step {
  readonly name: string;
}

/** A step and when it falls due, by the product's clock. */
export interface NextStep<S extends Step = Step> {
  readonly step: S;
  readonly date_next: number;
}

/** How long a claimed task belongs to its worker, by real time; longer than any request. */
export const TASK_LEASE_MS = 60_000;
