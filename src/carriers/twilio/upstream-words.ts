import { readDecimal } from '../../kit/money.ts';
import { CARRIER_ERRORS, type CarrierErrorCode } from '../carrier-error.ts';
import type { Cost, Receipt } from '../message-carrier.ts';

/** The states of a message at the upstream, by Twilio's names. */
const STATES: Readonly<Record<string, Receipt['state']>> = {
  accepted: 'buffered',
  scheduled: 'buffered',
  queued: 'buffered',
  sending: 'buffered',
  sent: 'sent',
  delivered: 'delivered',
  read: 'delivered',
  undelivered: 'undelivered',
  failed: 'failed',
  canceled: 'failed',
};

/** @returns null for a state that an outgoing message does not have */
export function stateOf(status: unknown): Receipt['state'] | null {
  return typeof status === 'string' && Object.hasOwn(STATES, status)
    ? (STATES[status] as Receipt['state'])
    : null;
}

/** Codes of the upstream that customers read as another one. All that are missing here are 30008. */
const CODES: Readonly<Record<number, CarrierErrorCode>> = {
  21211: 30005,
  21214: 30005,
  21217: 30005,
  21408: 21612,
  21614: 30006,
  30023: 30022,
  30024: 30008,
  30032: 30007,
  30034: 30007,
  30037: 30007,
  30038: 30007,
  30040: 30007,
  30450: 30007,
  63003: 30005,
  63024: 30005,
  63032: 30004,
};

/** The code of ours for a code of the upstream; null: the upstream named none. */
export function codeOf(given: unknown): CarrierErrorCode | null {
  const code = typeof given === 'string' && /^\d{5}$/.test(given) ? Number(given) : given;
  if (typeof code !== 'number') return null;
  return code in CARRIER_ERRORS ? (code as CarrierErrorCode) : (CODES[code] ?? 30008);
}

/** The price of a message, which some platforms write with a minus; null: there is none yet. */
export function costOf({ price, price_unit }: Readonly<Record<string, unknown>>): Cost | null {
  const micro = readDecimal(String(price));
  if (micro === null || typeof price_unit !== 'string' || !/^[A-Za-z]{3}$/.test(price_unit)) {
    return null;
  }
  return { micro: Math.abs(micro), currency: price_unit.toUpperCase() };
}

/** Codes that ask for patience: too many requests, and a full queue of a sender. */
export const THROTTLED: ReadonlySet<unknown> = new Set([14107, 20429, 21611, 63018]);
