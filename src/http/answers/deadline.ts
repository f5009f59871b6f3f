import { unavailable, unconfirmed } from '../../kit/api-error.ts';
import { byDeadline } from '../../kit/by-deadline.ts';

/**
 * The longest time until an answer begins. Each wait within a request has a limit of its own, and
 * this is the limit of their sum. It is shorter than the minute that clients and proxies wait.
 */
export const ANSWER_DEADLINE_MS = 45_000;

/**
 * Waits for an answer until the deadline.
 * @throws ApiError 503/20503 after the deadline. It says whether a change may have been made.
 */
export function inTime<T>(
  work: Promise<T>,
  { changes }: { readonly changes: boolean },
): Promise<T> {
  return byDeadline(work, ANSWER_DEADLINE_MS, () => {
    throw changes
      ? unconfirmed()
      : unavailable('The database did not answer in time; try again shortly');
  });
}
