import type { Selectable } from 'kysely';
import type { TimelineTable } from '../db/tables/acting-tables.ts';

/** One thing that happened in the course of a call or a message. */
export type TimelineEntry = Selectable<TimelineTable>;

const TIMELINE_KINDS = ['status', 'request', 'twiml', 'verb', 'callback', 'note'] as const;

/** What is written down, before it has a number and a time. */
export interface NewEntry {
  readonly kind: (typeof TIMELINE_KINDS)[number];
  /** Holds nothing secret: URLs without their passwords. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly delivery_sid?: string;
}
