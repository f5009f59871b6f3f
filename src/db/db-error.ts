import {
  isPostgresConflict,
  isPostgresLockTimeout,
  isPostgresOutage,
  isPostgresRetryable,
  isPostgresStartingUp,
} from './postgres.ts';
import { isSqliteConflict, isSqliteOutage } from './sqlite.ts';

/**
 * Another change came between what a deed read and what it wrote: the row is there already, or
 * what it refers to is gone. One process never does that to itself.
 */
export function isConflict(error: unknown): boolean {
  return isSqliteConflict(error) || isPostgresConflict(error);
}

/** The same transaction, run again, may well succeed. */
export function isRetryable(error: unknown): boolean {
  return isPostgresRetryable(error);
}

/** Another transaction holds what a statement needs, and did not let it go in time. */
export function isLockTimeout(error: unknown): boolean {
  return isPostgresLockTimeout(error);
}

/** The server is there, and lets nobody in until it has recovered. */
export function isStartingUp(error: unknown): boolean {
  return isPostgresStartingUp(error);
}

/** The engine could not do it now, through no fault of the request: 503, not 500. */
export function isOutage(error: unknown): boolean {
  return isSqliteOutage(error) || isPostgresOutage(error);
}
