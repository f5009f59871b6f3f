import { isPostgresOutage, isPostgresRetryable, isPostgresUniqueViolation } from './postgres.ts';
import { isSqliteOutage, isSqliteUniqueViolation } from './sqlite.ts';

/** A row with this key exists already, on either engine. */
export function isUniqueViolation(error: unknown): boolean {
  return isSqliteUniqueViolation(error) || isPostgresUniqueViolation(error);
}

/** The same transaction, run again, may well succeed. */
export function isRetryable(error: unknown): boolean {
  return isPostgresRetryable(error);
}

/** The engine could not do it now, through no fault of the request: 503, not 500. */
export function isOutage(error: unknown): boolean {
  return isSqliteOutage(error) || isPostgresOutage(error);
}
