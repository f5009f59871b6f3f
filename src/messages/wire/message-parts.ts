import type { Act } from '../../audit/act.ts';
import { addToTimeline } from '../../carrier/timeline-store.ts';
import type { TakenParts } from '../../carriers/message-carrier.ts';
import { representable } from '../../http/parameters/fields.ts';
import type { Message } from '../message.ts';
import { endRef, fetchRefs, insertRefs } from './carrier-ref-store.ts';
import { type WireEvent, wholeOf } from './wire-fate.ts';

/** The most characters of a carrier's words in the timeline. */
const DETAIL_LENGTH = 500;

/** The carrier's words, as an entry of the timeline has them. */
export function detailOf(detail: string | null | undefined): { readonly detail?: string } {
  return detail ? { detail: detail.slice(0, DETAIL_LENGTH) } : {};
}

/** Keeps the ids of the parts that a carrier took. A part that has its id already keeps it. */
export async function keepRefs(
  { tx, now }: Act,
  { sid: message_sid, account_sid, root_sid }: Message,
  carrier: string,
  { refs, parts }: TakenParts,
): Promise<void> {
  if (refs.length === 0) return;
  const known = new Set((await fetchRefs(tx, message_sid)).map(({ part }) => part));
  const rows = refs.map((ref, index) => ({
    message_sid,
    part: index + 1,
    parts,
    account_sid,
    root_sid,
    carrier,
    ref: representable(ref),
    state: 'accepted' as const,
    date_created: now,
  }));
  await insertRefs(
    tx,
    rows.filter(({ part }) => !known.has(part)),
  );
}

/** A report about one part. */
export interface PartReport {
  readonly part: number;
  readonly by: string;
  readonly event: WireEvent;
  readonly detail?: string | null;
}

/**
 * Records the report about one part. @returns the event of the whole message; null: none. A repeat
 * changes nothing.
 */
export async function notePart(
  { tx, now }: Act,
  message: Message,
  { part, by, event, detail }: PartReport,
): Promise<WireEvent | null> {
  const refs = await fetchRefs(tx, message.sid);
  const ref = refs.find((one) => one.part === part);
  if (!ref) return null;
  if (event !== 'delivered' && event !== 'undelivered' && event !== 'failed') {
    return ref.parts === 1 ? event : null;
  }
  if (!(await endRef(tx, ref, event))) return null;
  if (ref.parts === 1) return event;
  const told = `part ${part} of ${ref.parts}: ${event}`;
  const note = { carrier: by, message: told, ...detailOf(detail) };
  await addToTimeline(tx, message, now, [{ kind: 'note', detail: note }]);
  const states = refs.map((one) => (one.part === part ? event : one.state));
  return wholeOf(states, ref.parts);
}
