import type { Insertable, Selectable } from 'kysely';
import type { Tables } from '../db/tables/tables.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Outcome } from './guarded-fetch.ts';
import { type RetryCause, readWebhookUrl } from './webhook-url.ts';

/**
 * A webhook is a request that tells an application about an event. A *delivery* is one row of the
 * outbox. An *attempt* is one request for a delivery.
 */
export type Delivery = Selectable<Tables['deliveries']>;
export type Attempt = Selectable<Tables['delivery_attempts']>;
export type NewAttempt = Insertable<Tables['delivery_attempts']>;

/** A request for TwiML that failed. It is kept as a delivery that ended, and never sent again. */
export const TWIML_KINDS = ['voice-twiml', 'messaging-twiml'] as const;
export type TwimlKind = (typeof TWIML_KINDS)[number];

/** Whether a delivery is a request for TwiML. */
export function isTwimlKind(kind: string): kind is TwimlKind {
  return (TWIML_KINDS as readonly string[]).includes(kind);
}

/** The events that applications are told about. */
export const WEBHOOK_KINDS = [
  'deauthorize',
  'usage-trigger',
  'message-status',
  'call-status',
  'call-action',
  'answering-machine',
  'recording-status',
  'transcription',
  ...TWIML_KINDS,
] as const;
export type WebhookKind = (typeof WEBHOOK_KINDS)[number];

export const DELIVERY_STATES = ['pending', 'leased', 'delivered', 'dead', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/**
 * The schedule of a delivery's attempts. `callback`: docs/contract/webhooks.md, "Callback
 * schedule". `long`: docs/contract/webhooks.md, "Long schedule".
 */
export type RetryPolicy = Delivery['retry'];

/**
 * The real time for which a claimed delivery belongs to its worker. It is longer than any request.
 */
export const LEASE_MS = 60_000;

/**
 * The redirect statuses of the Fetch standard. 300 offers people a choice, and 304 refers to a
 * cached copy, so neither is one.
 */
export const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The delay before each attempt of the long schedule. The first attempt has none. */
export const LONG_SCHEDULE_MS: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** The random variation of the long schedule's delays, which spreads out simultaneous retries. */
export const JITTER = 0.2;
/** The longest time for which a receiver may put off the next attempt. */
const MAX_RETRY_AFTER_MS = HOUR;

/** The state of a delivery after an attempt. `reason` explains a dead delivery in one sentence. */
export interface Verdict {
  readonly state: 'pending' | 'delivered' | 'dead';
  readonly date_next: EpochMs | null;
  readonly reason: string | null;
}

/**
 * Judges an attempt. Only 2xx delivers; redirects are failures too, and are not followed. 410 ends
 * the delivery. `Retry-After` puts the next attempt off, by an hour at most.
 * @param delivery with `tries` counting this attempt
 * @param random from 0 up to 1, for the jitter
 */
export function verdictOf(
  delivery: Pick<Delivery, 'retry' | 'tries' | 'url'>,
  outcome: Outcome,
  now: EpochMs,
  random: number,
): Verdict {
  if (isSuccess(outcome)) return { state: 'delivered', date_next: null, reason: null };
  if (outcome.kind === 'response' && outcome.status === 410) {
    return dead('The receiver answered 410 Gone, which ends the delivery.');
  }
  const delay =
    delivery.retry === 'long'
      ? longDelay(delivery.tries, random)
      : callbackDelay(delivery, outcome);
  if (delay === null) {
    const tries =
      delivery.tries === 1 ? 'The only attempt' : `The last of ${delivery.tries} attempts`;
    return dead(`${tries} failed: ${describeFailure(outcome)}`);
  }
  const wait = Math.max(delay, retryAfterOf(outcome, now));
  return { state: 'pending', date_next: now + wait, reason: null };
}

export function isSuccess(outcome: Outcome): boolean {
  return outcome.kind === 'response' && outcome.status >= 200 && outcome.status < 300;
}

function dead(reason: string): Verdict {
  return { state: 'dead', date_next: null, reason };
}

function longDelay(tries: number, random: number): number | null {
  const delay = LONG_SCHEDULE_MS[tries];
  return delay === undefined ? null : Math.round(delay * (1 - JITTER + 2 * JITTER * random));
}

function callbackDelay({ tries, url }: Pick<Delivery, 'tries' | 'url'>, outcome: Outcome) {
  const { retries, retry_on } = readWebhookUrl(url).overrides;
  const cause = causeOf(outcome);
  return tries <= retries && cause !== null && retry_on.has(cause) ? 0 : null;
}

/** The name of this failure in a URL's fragment; null when it has none and is not tried again. */
export function causeOf(outcome: Outcome): RetryCause | null {
  if (outcome.kind === 'failure') {
    if (outcome.phase === 'refused') return null;
    return outcome.phase === 'connect' ? 'ct' : 'rt';
  }
  if (outcome.status < 400) return null;
  return outcome.status < 500 ? '4xx' : '5xx';
}

function describeFailure(outcome: Outcome): string {
  return outcome.kind === 'failure' ? outcome.error : describeStatus(outcome.status);
}

/** The failure of an attempt, in one sentence. */
export function describeAttempt({ status, error }: Pick<Attempt, 'status' | 'error'>): string {
  const text = error ?? describeStatus(status ?? 0);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function describeStatus(status: number): string {
  if (status >= 300 && status < 400)
    return `the receiver answered ${status}; webhooks follow no redirect.`;
  return `the receiver answered ${status}.`;
}

/** The delay that a receiver asks for: seconds, or an HTTP date (RFC 9110 §10.2.3). */
function retryAfterOf(outcome: Outcome, now: EpochMs): number {
  const value = outcome.kind === 'response' ? outcome.headers['retry-after']?.trim() : undefined;
  if (value === undefined || value === '') return 0;
  const wait = /^\d+$/.test(value) ? Number(value) * SECOND : Date.parse(value) - now;
  return wait > 0 ? Math.min(wait, MAX_RETRY_AFTER_MS) : 0;
}
