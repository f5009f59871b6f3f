import type { NewEntry, TimelineEntry } from '../carrier/timeline.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';
import type { ToldUsage } from '../usage/read-usage.ts';

/** What the log of a first start is planned with. */
export interface LogPlan {
  readonly account_sid: string;
  /** The log is of the time from here to there. */
  readonly begun: EpochMs;
  readonly ended: EpochMs;
  /** The account's: the first two are local, the last is toll-free. */
  readonly numbers: readonly IncomingPhoneNumber[];
  /** Always the same for a name, as all of a first start. */
  readonly sidOf: (prefix: 'SM' | 'CA' | 'RE' | 'TR', name: string) => string;
  /** A whole number from 0 to less than `below`, the same ones in the same order. */
  readonly draw: (below: number) => number;
}

/** Something that is planned: its row, what happened with it, and what is metered with it. */
export interface Planned<Row> {
  readonly row: Row;
  readonly timeline: readonly TimelineEntry[];
  /** Its key is the row's SID, and its price becomes the row's. */
  readonly used: ToldUsage | null;
}

/** An entry and how long after the thing was made it is written. */
export type Course = readonly (readonly [after_ms: number, entry: NewEntry])[];

export function timelineOf(
  {
    sid,
    account_sid,
    date_created,
  }: Readonly<{ sid: string; account_sid: string; date_created: EpochMs }>,
  course: Course,
): TimelineEntry[] {
  return course.map(([after_ms, { kind, detail }], index) => ({
    resource_sid: sid,
    number: index + 1,
    account_sid,
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

/** A place in the plan's time: the `at`-th of `count`, and a little off it. */
export function momentOf({ begun, ended, draw }: LogPlan, at: number, count: number): EpochMs {
  const step = (ended - begun) / (count + 1);
  return Math.round(begun + step * (at + 0.5) + (step * draw(100)) / 200);
}
