import type { TimelineEntry } from '../../carrier/timeline.ts';
import { listTimeline } from '../../carrier/timeline-store.ts';
import type { Db } from '../../db/database.ts';
import { type CallbackState, fetchCallbackStates } from './timeline-page-store.ts';
import { MAX_ENTRIES } from './timeline-views.ts';

/** Reads the events of a message or a call, and the state of its callbacks. */
export async function readTimeline(
  db: Db,
  resource: { readonly sid: string; readonly account_sid: string },
): Promise<{
  readonly entries: readonly TimelineEntry[];
  readonly callbacks: ReadonlyMap<string, CallbackState>;
}> {
  const entries = await listTimeline(db, resource, MAX_ENTRIES + 1);
  const sids = entries.map(({ delivery_sid }) => delivery_sid).filter((sid) => sid !== null);
  return { entries, callbacks: await fetchCallbackStates(db, resource.account_sid, sids) };
}
