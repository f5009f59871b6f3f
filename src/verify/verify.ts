import type { App } from '../app.ts';
import type { Difference } from '../usage/usage-difference.ts';
import { fetchNextRoot } from '../usage/usage-ledger-store.ts';
import { verifyUsage } from '../usage/verify-usage.ts';
import { atOneMoment } from './at-one-moment.ts';
import { verifyAudit } from './verify-audit.ts';
import { verifyCarried, verifyCharges } from './verify-charges.ts';
import { verifyDeliveries } from './verify-deliveries.ts';
import { verifyAccounts, verifyGrants } from './verify-grants.ts';
import { verifyFires, verifyTriggers } from './verify-triggers.ts';

/** Differences that are reported one by one; further ones are only counted. */
export const MAX_DIFFERENCES = 1_000;

/** The result: the number of checked rows of each kind, and the differences. */
export interface Verification {
  readonly checked: Readonly<Record<Checked, number>>;
  /** At most `MAX_DIFFERENCES`. */
  readonly differences: readonly Difference[];
  /** The number of all differences. */
  readonly found: number;
}

const CHECKED = [
  'accounts',
  'events',
  'counters',
  'grants',
  'triggers',
  'fires',
  'deliveries',
  'charges',
  'audit_events',
] as const;
type Checked = (typeof CHECKED)[number];

/**
 * Compares data that is stored in two places, and reports every difference (docs/contract/usage.md,
 * "Checks of verify"). It only reads, and may run while servers write. The usage of a main
 * account is read in one transaction that sees one state. All other data is read by statements that
 * each see one state.
 */
export async function verify(app: App): Promise<Verification> {
  const checked = Object.fromEntries(CHECKED.map((name) => [name, 0])) as Record<Checked, number>;
  const differences: Difference[] = [];
  let found = 0;
  const report = (difference: Difference) => {
    found += 1;
    if (differences.length < MAX_DIFFERENCES) differences.push(difference);
  };
  const { database } = app;
  const { db } = database;
  let root = await fetchNextRoot(db, '');
  while (root !== null) {
    const root_sid = root;
    const { events, counters } = await atOneMoment(database, (at) =>
      verifyUsage(at, root_sid, report),
    );
    checked.events += events;
    checked.counters += counters;
    root = await fetchNextRoot(db, root_sid);
  }
  checked.accounts = await verifyAccounts(db, report);
  checked.grants = await verifyGrants(db, report);
  checked.triggers = await verifyTriggers(app, report);
  checked.fires = await verifyFires(app, report);
  checked.deliveries = await verifyDeliveries(db, report);
  checked.charges = await verifyCharges(db, report);
  await verifyCarried(db, report);
  checked.audit_events = await verifyAudit(db, report);
  return { checked, differences, found };
}
