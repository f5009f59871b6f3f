import {
  isPostgresConflict,
  isPostgresLockTimeout,
  isPostgresOutage,
  isPostgresRetryable,
  isPostgresStartingUp,
} from './postgres/postgres.ts';
import { isSqliteConflict, isSqliteOutage } from './sqlite-error.ts';

/**
 * Whether another change came between a deed's read and its write: the row exists already, or the
 * row it refers to is gone. This happens only between processes.
 */
export function isConflict(error: unknown): boolean {
  return isSqliteConflict(error) || isPostgresConflict(error);
}

/** Whether the same transaction is likely to succeed when it runs again. */
export function isRetryable(error: unknown): boolean {
  return isPostgresRetryable(error);
}

/** Whether a statement waited too long for a lock of another transaction. */
export function isLockTimeout(error: unknown): boolean {
  return isPostgresLockTimeout(error);
}

/** Whether the server refuses connections because it starts up or recovers. */
export function isStartingUp(error: unknown): boolean {
  return isPostgresStartingUp(error);
}

/** Whether the engine failed through no fault of the request. The answer is then 503, not 500. */
export function isOutage(error: unknown): boolean {
  return isSqliteOutage(error) || isPostgresOutage(error);
}
