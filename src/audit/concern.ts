import type { SecurityEvent } from './security-event.ts';

/** The person or the account that a refusal is about. */
export type Concern = Pick<SecurityEvent, 'person_sid' | 'account_sid' | 'detail'>;

const CONCERNS = new WeakMap<object, Concern>();

/** Notes whom a refusal concerns, for the log of security events alone: no answer tells it. */
export function concerning<E extends object>(refusal: E, concern: Concern): E {
  CONCERNS.set(refusal, concern);
  return refusal;
}

/** Whom a refusal concerns, as far as that is known. */
export function concernOf(error: unknown): Concern {
  return (typeof error === 'object' && error !== null && CONCERNS.get(error)) || {};
}
