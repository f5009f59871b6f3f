import type { NewEntry, TimelineEntry } from '../carrier/timeline.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';
import type { ToldUsage } from '../usage/read-usage.ts';

/** The input for planning the log of a first start. */
export interface LogPlan {
  /** A main account. */
  readonly account_sid: string;
  /** The log begins here, and ends at `ended`. */
  readonly begun: EpochMs;
  readonly ended: EpochMs;
  /** The account's numbers: the first two are local, the last one is toll-free. */
  readonly numbers: readonly IncomingPhoneNumber[];
  /** Gives the same SID for the same name. */
  readonly sidOf: (prefix: 'SM' | 'CA' | 'RE' | 'TR', name: string) => string;
  /** Draws a whole number from 0 to less than `below`, in a repeatable sequence. */
  readonly draw: (below: number) => number;
}

/** A planned thing: its row, its timeline and its usage. */
export interface Planned<Row> {
  readonly row: Row;
  readonly timeline: readonly TimelineEntry[];
  /** The usage. Its key is the row's SID, and its price becomes the row's price. */
  readonly used: ToldUsage | null;
}

/** Timeline entries, each with the time after the creation of the thing. */
export type Course = readonly (readonly [after_ms: number, entry: NewEntry])[];

export function timelineOf(
  {
    sid,
    account_sid,
    root_sid,
    date_created,
  }: Readonly<Record<'sid' | 'account_sid' | 'root_sid', string> & { date_created: EpochMs }>,
  course: Course,
): TimelineEntry[] {
  return course.map(([after_ms, { kind, detail }], index) => ({
    resource_sid: sid,
    number: index + 1,
    account_sid,
    root_sid,
    date_created: date_created + after_ms,
    kind,
    detail: JSON.stringify(detail),
    delivery_sid: null,
  }));
}

export function statusEntry(
  status: string,
  more: Readonly<Record<string, unknown>> = {},
): NewEntry {
  return { kind: 'status', detail: { status, ...more } };
}

/** The `at`-th of `count` moments in the plan's time, moved by a little. */
export function momentOf({ begun, ended, draw }: LogPlan, at: number, count: number): EpochMs {
  const step = (ended - begun) / (count + 1);
  return Math.round(begun + step * (at + 0.5) + (step * draw(100)) / 200);
}
