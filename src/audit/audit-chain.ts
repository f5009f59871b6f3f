import { digestOf } from '../kit/seal.ts';
import type { NewAuditEvent } from './audit-event.ts';

/**
 * The audit log of each account is a chain, and so is the platform's. Every event has a number and
 * the hash of the previous event. A changed, removed or inserted row breaks the chain, and `tieline
 * verify` reports it. Events get their numbers at the end of their transaction, one account after
 * the other, so that processes wait for each other only for that short time.
 */

/** An event with its place in the chain. */
export interface ChainedEvent extends NewAuditEvent {
  readonly root_sid: string;
  readonly number: number;
  /** The hash of the previous event; empty for the first. */
  readonly previous: string;
}

/** The newest event of a chain, and the oldest stored one. */
export interface AuditChain {
  readonly account_sid: string;
  readonly root_sid: string;
  /** The number of the oldest stored event: 1 if none was deleted. */
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

/** Appends events to their chains. Each chain must have a head; that of an empty chain is at 0. */
export function chain(
  events: readonly NewAuditEvent[],
  heads: ReadonlyMap<string, AuditChain>,
): { readonly events: ChainedEvent[]; readonly heads: AuditChain[] } {
  const ends = new Map<string, AuditChain>();
  const chained = events.map((event) => {
    const { account_sid } = event;
    const head = ends.get(account_sid) ?? heads.get(account_sid);
    if (!head) throw new Error(`the audit log of ${account_sid} has no chain`);
    const { root_sid, first, number, hash } = head;
    const placed = { ...event, root_sid, number: number + 1, previous: hash };
    ends.set(account_sid, {
      account_sid,
      root_sid,
      first,
      number: placed.number,
      hash: hashOfEvent(placed),
    });
    return placed;
  });
  return { events: chained, heads: [...ends.values()] };
}
