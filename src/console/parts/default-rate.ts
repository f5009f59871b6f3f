import type { App } from '../../app.ts';
import { DEFAULT_REQUESTS_PER_SECOND } from '../../http/guards/rate-limits.ts';

/** The limit of requests a second for an account without a limit of its own, in words. */
export function defaultRate({ mode, requestsPerSecond }: App['config']): string {
  const byMode = mode === 'production' ? DEFAULT_REQUESTS_PER_SECOND : 0;
  const rate = requestsPerSecond ?? byMode;
  return rate === 0 ? 'as many as it likes' : String(rate);
}
