import type { Selectable } from 'kysely';
import type { TimelineTable } from '../db/tables/acting-tables.ts';
import { withoutUserInfo } from '../kit/user-info.ts';

/** One event of a call or a message. */
export type TimelineEntry = Selectable<TimelineTable>;

const TIMELINE_KINDS = ['status', 'request', 'twiml', 'verb', 'callback', 'note'] as const;

/** A new event, before it has a number and a time. */
export interface NewEntry {
  readonly kind: (typeof TIMELINE_KINDS)[number];
  /** Details without secrets: URLs have no passwords here. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly delivery_sid?: string;
}

/** The event of a sent callback. Its URL is stored without user name and password. */
export function callbackEntry(
  delivery_sid: string,
  {
    url,
    ...more
  }: { readonly url: string; readonly method: string; readonly status: string } & {
    readonly recording_sid?: string;
  },
): NewEntry {
  return { kind: 'callback', detail: { url: withoutUserInfo(url), ...more }, delivery_sid };
}
