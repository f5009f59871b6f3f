import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { ApiError } from '../../kit/api-error.ts';

/** Wrong tokens that a network may try before it has to wait. */
const FREE_GUESSES = 5;
/** The waiting time of such a network, counted from its last wrong token. */
const WAIT_SECONDS = 60;

/**
 * Slows down guesses of a secret. Counts wrong tokens per network, in this process, by real time.
 */
export interface Guesses {
  /** @throws ApiError 429/20429 when the network has guessed too often. */
  demandFew(network: string): Promise<void>;
  /** Counts a wrong guess. */
  count(network: string): Promise<void>;
}

export function openGuesses(): Guesses {
  let limiter: Promise<RateLimiterMemory> | undefined;
  const open = async () => {
    const { RateLimiterMemory } = await import('rate-limiter-flexible');
    return new RateLimiterMemory({ points: FREE_GUESSES, duration: WAIT_SECONDS, keyPrefix: '' });
  };
  return {
    async demandFew(network) {
      const found = await (await (limiter ??= open())).get(network);
      if (!found || found.msBeforeNext <= 0 || found.consumedPoints < FREE_GUESSES) return;
      const seconds = Math.ceil(found.msBeforeNext / 1_000);
      throw new ApiError(
        429,
        20429,
        `Too many wrong tokens came from your network: try again in ${seconds} seconds.`,
        { headers: { 'Retry-After': String(seconds) } },
      );
    },
    async count(network) {
      await (await (limiter ??= open())).penalty(network);
    },
  };
}
