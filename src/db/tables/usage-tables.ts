import type { Generated } from 'kysely';
import type { Dated, EpochMs, Micro } from './columns.ts';

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
  /**
   * The lowest thresholds of usage triggers that the three sums have not reached, above all that
   * there can be when there are none. Too low costs a look, and too high would lose a fire; 0:
   * nobody has looked yet.
   */
  next_count: Generated<number>;
  next_usage: Generated<Micro>;
  next_price: Generated<Micro>;
}

/** What the operator asks for usage from a day on, in place of the rates in the product. */
export interface UsageRatesTable {
  category: string;
  /** The first day, counted from 1970-01-01. */
  start: number;
  /** Whether the price is for each thing counted or for each unit of usage. */
  per: 'count' | 'usage';
  price_micro: Micro;
  date_created: EpochMs;
}

/** What calls a URL when a sum reaches a value. What it watches never changes. */
export interface UsageTriggersTable extends Dated {
  sid: string;
  root_sid: string;
  account_sid: string;
  friendly_name: string | null;
  usage_category: string;
  trigger_by: 'count' | 'usage' | 'price';
  /** Null: it fires once in all. */
  recurring: 'daily' | 'monthly' | 'yearly' | null;
  /** As the API shows it. */
  trigger_value: string;
  /** The same in the unit of the sum that is watched: things, or millionths. */
  threshold: number;
  /** Null: it was stopped with the grant that it belonged to. */
  callback_url: string | null;
  callback_method: 'GET' | 'POST';
  /** The grant of the app that gave the URL: its owner's token signs, and it ends with it. */
  callback_by_grant: string | null;
  created_by_grant: string | null;
  /** The last time. */
  date_fired: EpochMs | null;
}

/** One row for each window that a trigger fired in; that there can be only one is the promise. */
export interface UsageTriggerFiresTable {
  trigger_sid: string;
  /** A day as 20260318, a month as 202603, a year as 2026, or 0. */
  window: number;
  account_sid: string;
  /** The sum that was reached, in the unit of the threshold. */
  value: number;
  /** What tells of it in the outbox. */
  delivery_sid: string | null;
  date_created: EpochMs;
}

/** What the operator added to balances or took back, one row for each time; never changed. */
export interface BalanceCreditsTable {
  /** A main account. */
  account_sid: string;
  /** What makes a repeat count once. */
  key: string;
  /** Below zero where something was taken back. */
  amount_micro: Micro;
  reason: string;
  date_created: EpochMs;
}
