import type { Generated } from 'kysely';
import type { Dated, EpochMs, Micro } from './columns.ts';

/**
 * The ledger: one row for each usage event. Rows never change; a correction is a row of its own.
 * Every key begins with `root_sid`, the main account, so that a tenant's usage can be moved as a
 * whole.
 */
export interface UsageEventsTable {
  root_sid: string;
  account_sid: string;
  /** A second event with the same key does not count. */
  key: string;
  category: string;
  /** The time of the event. Its day decides the periods. */
  at: EpochMs;
  count: number;
  /** Millionths of the category's unit. */
  usage_micro: Micro;
  price_micro: Micro;
  /** The digest of the event. It tells a repeat from another event with the same key. */
  digest: string;
  /** The reason for the correction of a price; null for usage. */
  reason: string | null;
  created_by_grant: string | null;
  date_created: EpochMs;
}

/** The sums of the ledger. The transaction of each event updates them. */
export interface UsageCountersTable {
  root_sid: string;
  account_sid: string;
  /**
   * `own` is the account itself, `subaccounts` all subaccounts of a main account. The usage of a
   * main account with its subaccounts is the sum of both.
   */
  scope: 'own' | 'subaccounts';
  period: 'd' | 'm' | 'y' | 'a';
  /** The period's first day, counted from 1970-01-01. */
  start: number;
  category: string;
  count: number;
  usage_micro: Micro;
  price_micro: Micro;
  /**
   * The value at which each of the three sums looks for usage triggers, or a value above all sums
   * when there are none (`usage/fire-triggers.ts`). A value that is too low costs a query; one that
   * is too high would lose a fire. 0 means that it is not known yet.
   */
  next_count: Generated<number>;
  next_usage: Generated<Micro>;
  next_price: Generated<Micro>;
}

/** The operator's rates, each from a day on. They replace the example rates. */
export interface UsageRatesTable {
  category: string;
  /** The first day, counted from 1970-01-01. */
  start: number;
  /** Whether the price is per counted thing or per unit of usage. */
  per: 'count' | 'usage';
  price_micro: Micro;
  date_created: EpochMs;
}

/** A usage trigger calls a URL when a sum reaches a value. The sum it watches never changes. */
export interface UsageTriggersTable extends Dated {
  sid: string;
  root_sid: string;
  account_sid: string;
  friendly_name: string | null;
  usage_category: string;
  trigger_by: 'count' | 'usage' | 'price';
  /** Null for a trigger that fires only once. */
  recurring: 'daily' | 'monthly' | 'yearly' | null;
  /** The value in the form of the API. */
  trigger_value: string;
  /** The same value in the unit of the watched sum: things, or millionths. */
  threshold: number;
  /** Null after the trigger was stopped together with its grant. */
  callback_url: string | null;
  callback_method: 'GET' | 'POST';
  /**
   * The grant of the app that gave the URL. The owner's token signs, and the URL ends with the
   * grant.
   */
  callback_by_grant: string | null;
  created_by_grant: string | null;
  /** The time of the last fire. */
  date_fired: EpochMs | null;
}

/**
 * One row for each window in which a trigger fired. Its primary key allows one fire in a window.
 */
export interface UsageTriggerFiresTable {
  trigger_sid: string;
  /** A day as 20260318, a month as 202603, a year as 2026, or 0. */
  window: number;
  account_sid: string;
  root_sid: string;
  /** The sum at the fire, in the unit of the threshold. */
  value: number;
  /** The delivery in the outbox that reports it. */
  delivery_sid: string | null;
  date_created: EpochMs;
}

/** The operator's credits to balances. Rows never change. */
export interface BalanceCreditsTable {
  /** A main account. */
  account_sid: string;
  root_sid: string;
  /** A second credit with the same key does not count. */
  key: string;
  /** Negative when the operator takes money back. */
  amount_micro: Micro;
  reason: string;
  date_created: EpochMs;
}

/** The operator's limits of an account's messages and calls; null means the default. */
export interface TrafficLimitColumns {
  max_messages_per_second: number | null;
  max_calls_per_second: number | null;
  max_calls_at_once: number | null;
  /** The countries that may be reached, as `access/countries.ts` writes them. */
  countries: string | null;
}
