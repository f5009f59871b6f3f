import { ConfigError } from '../config-error.ts';

export const MAX_REQUESTS_PER_SECOND = 1_000_000;

/** The treatment of requests that would wait too long: refuse them, or let them wait. */
export type OverloadSetting = 'refuse' | 'wait';

/** @throws ConfigError */
export function readRequestsPerSecond(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const rate = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (!(rate <= MAX_REQUESTS_PER_SECOND)) {
    throw new ConfigError(
      `TIELINE_REQUESTS_PER_SECOND must be a number from 0 (no limit) to ${MAX_REQUESTS_PER_SECOND}.`,
    );
  }
  return rate;
}

/**
 * A development server lets requests wait, because a test on a busy machine must meet no refusal.
 * @throws ConfigError
 */
export function readOverload(text: string | undefined, isProduction: boolean): OverloadSetting {
  if (text === undefined || text === '') return isProduction ? 'refuse' : 'wait';
  if (text === 'refuse' || text === 'wait') return text;
  throw new ConfigError(`TIELINE_OVERLOAD must be "refuse" or "wait", not "${text}".`);
}
