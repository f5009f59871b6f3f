import type { SecurityEvent } from './security-event.ts';

/** The person or the account that a refusal concerns. */
export type Concern = Pick<SecurityEvent, 'person_sid' | 'account_sid' | 'detail'>;

const CONCERNS = new WeakMap<object, Concern>();

/**
 * Attaches the concerned person or account to a refusal. Only the log of security events reads it.
 */
export function concerning<E extends object>(refusal: E, concern: Concern): E {
  CONCERNS.set(refusal, concern);
  return refusal;
}

/** The person and the account that a refusal concerns, if they are known. */
export function concernOf(error: unknown): Concern {
  return (typeof error === 'object' && error !== null && CONCERNS.get(error)) || {};
}
