import { digestOf } from '../kit/seal.ts';
import type { NewAuditEvent } from './audit-event.ts';

/**
 * The audit log of each account is a chain, and so is the platform's: every event has a number and the
 * hash of the event before it. A row that is changed, taken out or put in between breaks it, which
 * `tieline verify` tells. Events get their places at the end of their transaction, one account after
 * the other, so that processes wait for each other no longer than for that.
 */

/** An event in its place. */
export interface ChainedEvent extends NewAuditEvent {
  readonly number: number;
  /** The hash of the event before it; empty for the first. */
  readonly previous: string;
}

/** Where a chain ends, and where what is kept of it begins. */
export interface AuditChain {
  readonly account_sid: string;
  /** The number of the oldest event that is kept: 1 where none was deleted. */
  readonly first: number;
  /** The number and the hash of the newest event. */
  readonly number: number;
  readonly hash: string;
}

export function hashOfEvent(event: ChainedEvent): string {
  const { previous, number, sid, date_created, account_sid } = event;
  const { actor_kind, actor_sid, grant_sid, action, target_sid, detail } = event;
  const parts = [previous, number, sid, date_created, account_sid];
  const what = [actor_kind, actor_sid, grant_sid, action, target_sid, detail];
  return digestOf(JSON.stringify([...parts, ...what]));
}

/** Puts events behind their chains. */
export function chain(
  events: readonly NewAuditEvent[],
  heads: ReadonlyMap<string, AuditChain>,
): { readonly events: ChainedEvent[]; readonly heads: AuditChain[] } {
  const ends = new Map<string, AuditChain>();
  const chained = events.map((event) => {
    const { account_sid } = event;
    const head = ends.get(account_sid) ?? heads.get(account_sid);
    const { first = 1, number = 0, hash = '' } = head ?? {};
    const placed = { ...event, number: number + 1, previous: hash };
    ends.set(account_sid, {
      account_sid,
      first,
      number: placed.number,
      hash: hashOfEvent(placed),
    });
    return placed;
  });
  return { events: chained, heads: [...ends.values()] };
}
