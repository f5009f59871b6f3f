import type { Migration } from 'kysely/migration';
import { foundation } from './0001-foundation.ts';
import { authTokenKeys } from './0002-auth-token-keys.ts';
import { connectLoop } from './0003-connect-loop.ts';
import { usage } from './0004-usage.ts';
import { acting } from './0005-acting.ts';
import { snapshots } from './0006-snapshots.ts';
import { sendersAndSip } from './0008-senders-and-sip.ts';
import { callbacks } from './0009-callbacks.ts';
import { twimlCookies } from './0011-twiml-cookies.ts';
import { sealing } from './0020-sealing.ts';
import { peopleWhoEnd } from './0021-people-who-end.ts';
import { trunkUrls } from './0022-trunk-urls.ts';
import { securityEvents } from './0022b-security-events.ts';
import { auditChain } from './0022c-audit-chain.ts';
import { oneSetOfCounters } from './0024-one-set-of-counters.ts';
import { mainAccountInKeys } from './0024b-main-account-in-keys.ts';
import { indexesForFilters } from './0025-indexes-for-filters.ts';
import { carrierRefs } from './0029-carrier-refs.ts';
import { stockOfNumbers } from './0030-stock-of-numbers.ts';
import { eventsOfAccounts } from './0031-events-of-accounts.ts';
import { legs } from './0040-legs.ts';
import { limitsOnTraffic } from './0041-limits-on-traffic.ts';
import { carrierCosts } from './0042-carrier-costs.ts';
import { paidAhead } from './0044-paid-ahead.ts';
import { undeliveredWebhooks } from './0051-undelivered-webhooks.ts';
import { deliveriesBySigner } from './0052-deliveries-by-signer.ts';

/** A migration, and whether processes of the version before it may go on. */
export interface SchemaChange extends Migration {
  /**
   * The version before may go on: it reads and writes the changed schema as it did, and its rows are
   * right in the new version too. Without this, the migration waits until no other process runs.
   */
  readonly beside?: true;
}

/** Every migration in order. A released entry never changes. */
export const MIGRATIONS: Readonly<Record<string, SchemaChange>> = {
  '0001-foundation': foundation,
  '0002-auth-token-keys': authTokenKeys,
  '0003-connect-loop': connectLoop,
  '0004-usage': usage,
  '0005-acting': acting,
  '0006-snapshots': snapshots,
  '0008-senders-and-sip': sendersAndSip,
  '0009-callbacks': callbacks,
  '0011-twiml-cookies': twimlCookies,
  '0020-sealing': sealing,
  '0021-people-who-end': peopleWhoEnd,
  '0022-trunk-urls': trunkUrls,
  '0022b-security-events': securityEvents,
  '0022c-audit-chain': auditChain,
  '0024-one-set-of-counters': oneSetOfCounters,
  '0024b-main-account-in-keys': mainAccountInKeys,
  '0025-indexes-for-filters': { ...indexesForFilters, beside: true },
  '0029-carrier-refs': { ...carrierRefs, beside: true },
  '0030-stock-of-numbers': { ...stockOfNumbers, beside: true },
  '0031-events-of-accounts': { ...eventsOfAccounts, beside: true },
  '0040-legs': { ...legs, beside: true },
  '0041-limits-on-traffic': { ...limitsOnTraffic, beside: true },
  '0042-carrier-costs': { ...carrierCosts, beside: true },
  '0044-paid-ahead': { ...paidAhead, beside: true },
  '0051-undelivered-webhooks': { ...undeliveredWebhooks, beside: true },
  '0052-deliveries-by-signer': { ...deliveriesBySigner, beside: true },
};
