import type { App } from '../../app.ts';
import { DEFAULT_REQUESTS_PER_SECOND } from '../../http/guards/rate-limits.ts';

/** What the server lets an account send that has no rate of its own. */
export function defaultRate({ mode, requestsPerSecond }: App['config']): string {
  const byMode = mode === 'production' ? DEFAULT_REQUESTS_PER_SECOND : 0;
  const rate = requestsPerSecond ?? byMode;
  return rate === 0 ? 'as many as it likes' : String(rate);
}
