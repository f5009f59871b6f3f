/**
 * Waits for work for some time. Work that is late goes on, and nobody hears of its end.
 * @param late gives the value in place of the work's, or throws
 */
export async function byDeadline<T>(
  work: Promise<T>,
  limit_ms: number,
  late: () => T | Promise<T>,
): Promise<T> {
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(deadline.resolve, limit_ms);
  try {
    return await Promise.race([work, deadline.promise.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
