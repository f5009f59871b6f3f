import type { Db } from '../db/database.ts';
import type { Report } from '../usage/usage-difference.ts';
import { JITTER, LEASE_MS, LONG_SCHEDULE_MS } from '../webhooks/webhook.ts';
import { inPages } from './in-pages.ts';
import { listDeliveriesToVerify } from './verify-store.ts';

/** The longest delay before an attempt: the widest gap of the schedule. */
const LONGEST_WAIT_MS = Math.max(...LONG_SCHEDULE_MS) * (1 + JITTER);

type Row = Awaited<ReturnType<typeof listDeliveriesToVerify>>[number];

/**
 * Checks I6. Every ended delivery has an attempt that arrived, or a reason. Every other delivery
 * falls due at a time that its schedule allows. @returns the number of deliveries.
 */
export async function verifyDeliveries(db: Db, report: Report): Promise<number> {
  let deliveries = 0;
  await inPages(db, listDeliveriesToVerify, (row) => {
    deliveries += 1;
    const { account_sid } = row;
    for (const wrong of wrongOf(row)) {
      report({ promise: 'I6', account_sid, what: `The delivery ${row.sid} ${wrong}.` });
    }
  });
  return deliveries;
}

function* wrongOf(row: Row): Generator<string> {
  const { state, date_next, date_updated } = row;
  const isWaiting = state === 'pending' || state === 'leased';
  if (isWaiting && date_next === null) {
    yield `is ${state} and never falls due`;
  }
  if (!isWaiting && date_next !== null) {
    yield `is ${state} and still falls due`;
  }
  if (date_next !== null && isWaiting) {
    const longest = state === 'leased' ? LEASE_MS : LONGEST_WAIT_MS;
    if (date_next > date_updated + longest) yield `is ${state} for longer than any schedule says`;
  }
  if ((state === 'leased') !== (row.lease !== null)) {
    yield `is ${state} and ${row.lease === null ? 'no process has' : 'a process has'} its lease`;
  }
  if (state === 'delivered' && Number(row.successes) === 0) {
    yield 'is delivered, but no attempt arrived';
  }
  if ((state === 'dead' || state === 'cancelled') && row.reason === null) {
    yield `is ${state} and has no reason`;
  }
  if ((row.last_attempt ?? 0) > row.attempts) {
    yield `counts ${row.attempts} attempts, and there is a later one`;
  }
}
