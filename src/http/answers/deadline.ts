import { unavailable } from '../../kit/api-error.ts';

/**
 * The longest time until an answer begins. Each wait within a request has a limit of its own, and
 * this is the limit of their sum. It is shorter than the minute that clients and proxies wait.
 */
export const ANSWER_DEADLINE_MS = 45_000;

const LATE_READ = 'The database did not answer in time; try again shortly';
const LATE_CHANGE =
  'The database did not confirm the change, so it may have been made: look, or try again with the ' +
  'same Idempotency-Key';

/**
 * Waits for an answer until the deadline. Work that is late goes on, and nobody gets its answer.
 * @throws ApiError 503/20503 after the deadline. It says whether a change may have been made.
 */
export async function inTime<T>(
  work: Promise<T>,
  { changes }: { readonly changes: boolean },
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(unavailable(changes ? LATE_CHANGE : LATE_READ)),
    ANSWER_DEADLINE_MS,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
