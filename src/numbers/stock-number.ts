import type { Selectable } from 'kysely';
import type { StockNumbersTable } from '../db/tables/number-tables.ts';
import { DAY_MS } from '../kit/day.ts';
import type { NumberKind } from './numbering-plan.ts';
import type { NumberType } from './phone-number.ts';

/** A number that the operator has imported. */
export type StockNumber = Selectable<StockNumbersTable>;

/** The types of numbers in a stock. */
export const STOCK_TYPES = ['local', 'mobile', 'toll-free'] as const satisfies NumberType[];
/** The capabilities that a number in a stock can have. */
export const STOCK_CAPABILITIES = ['sms', 'mms', 'voice'] as const;
/** The list of numbers on offer in which numbers of a type are. */
export const LIST_OF: Readonly<Record<NumberType, NumberKind>> = {
  local: 'Local',
  mobile: 'Mobile',
  'toll-free': 'TollFree',
};

/**
 * The time after a release in which nobody can buy the number. Messages and calls for its last
 * holder would reach the next one.
 */
export const QUARANTINE_MS = 30 * DAY_MS;

/** The most numbers in the stock, and in one import. */
export const MAX_STOCK = 100_000;
export const MAX_IMPORTED = 10_000;
/** Room for the text of one import. */
export const IMPORT_BYTES = 4 * 1024 * 1024;
