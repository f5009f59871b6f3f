import type { EpochMs, Micro } from './columns.ts';

/**
 * The ledger: one row for each thing that was counted. Rows are never changed; a correction is a
 * row of its own. `root_sid`, the main account, leads every key, so that a tenant's usage can
 * be moved as a whole.
 */
export interface UsageEventsTable {
  root_sid: string;
  account_sid: string;
  /** What makes a repeat count once. */
  key: string;
  category: string;
  /** When it happened; its day decides which periods it is in. */
  at: EpochMs;
  count: number;
  /** Millionths of the category's unit. */
  usage_micro: Micro;
  price_micro: Micro;
  /** Of what was sent, by which a repeat is told from something else under the same key. */
  digest: string;
  /** Why a price was corrected; null: usage. */
  reason: string | null;
  created_by_grant: string | null;
  date_created: EpochMs;
}

/** The sums of the ledger, kept in the transaction of each event. */
export interface UsageCountersTable {
  root_sid: string;
  account_sid: string;
  /** `own`: of the account itself. `tree`: of a main account and its subaccounts. */
  scope: 'own' | 'tree';
  period: 'd' | 'm' | 'y' | 'a';
  /** The period's first day, counted from 1970-01-01. */
  start: number;
  category: string;
  count: number;
  usage_micro: Micro;
  price_micro: Micro;
}
