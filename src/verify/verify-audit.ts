import type { AuditChain, ChainedEvent } from '../audit/audit-chain.ts';
import { hashOfEvent } from '../audit/audit-chain.ts';
import { listChained, listChains, listUnchained } from '../audit/audit-chain-store.ts';
import type { Db } from '../db/database.ts';
import type { Report } from '../usage/usage-difference.ts';
import { ROWS_AT_ONCE } from './in-pages.ts';

/**
 * Checks the chain of every audit log, up to its end when the check began. Each event must have the
 * next number and the hash of the event before it. Only the first break of a chain is reported,
 * because the events after it prove nothing.
 * @returns the number of events.
 */
export async function verifyAudit(db: Db, report: Report): Promise<number> {
  let events = 0;
  let chains: AuditChain[] = [];
  do {
    chains = await listChains(db, chains.at(-1)?.account_sid ?? null, ROWS_AT_ONCE);
    for (const chain of chains) {
      const { found, what } = await verifyChain(db, chain);
      events += found;
      if (what !== null) report({ promise: 'audit', account_sid: chain.account_sid, what });
    }
  } while (chains.length === ROWS_AT_ONCE);
  for (const account_sid of await listUnchained(db, ROWS_AT_ONCE)) {
    report({ promise: 'audit', account_sid, what: 'The audit log has events and no chain.' });
  }
  return events;
}

async function verifyChain(
  db: Db,
  chain: AuditChain,
): Promise<{ readonly found: number; readonly what: string | null }> {
  let number = chain.first - 1;
  let before: ChainedEvent | undefined;
  let found = 0;
  let page: ChainedEvent[] = [];
  do {
    page = await listChained(db, chain, page.at(-1)?.number ?? 0, ROWS_AT_ONCE);
    for (const event of page) {
      found += 1;
      number += 1;
      if (event.number !== number) {
        return { found, what: `The audit log lacks event ${number} of ${chain.number}.` };
      }
      const hash = before ? hashOfEvent(before) : chain.first === 1 ? '' : event.previous;
      if (event.previous !== hash) {
        const changed = before ? `the event before it, ${before.sid},` : 'an event before it';
        const what = `The event ${event.sid}, number ${number}, does not follow: ${changed} was changed.`;
        return { found, what: `The audit log is broken. ${what}` };
      }
      before = event;
    }
  } while (page.length === ROWS_AT_ONCE);
  if (number < chain.number) {
    return { found, what: `The audit log lacks event ${number + 1} of ${chain.number}.` };
  }
  if (before && hashOfEvent(before) !== chain.hash) {
    const what = `The last event, ${before.sid}, was changed.`;
    return { found, what: `The audit log is broken. ${what}` };
  }
  return { found, what: null };
}
