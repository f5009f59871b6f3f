/** The error codes of SQLite, and what they mean for a write. */

export const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
export const SQLITE_DAMAGE: ReadonlySet<number> = new Set([11, 26]);
/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. */
const SQLITE_FSYNC_FAILURES: ReadonlySet<number> = new Set([1034, 1290]);
/** SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE. */
const SQLITE_CONFLICTS: ReadonlySet<number> = new Set([787, 1555, 2067]);

/** The system could not bring the written bytes of a file to the disk. */
export class NotOnDiskError extends Error {
  constructor(file: string, cause: unknown) {
    super(`${file} could not be brought to the disk.`, { cause });
  }
}

/** The primary and the extended result code of an error that SQLite threw. */
export function resultCode(error: unknown): { primary: number; extended: number } {
  const extended = (error as { errcode?: unknown } | null)?.errcode;
  return typeof extended === 'number'
    ? { primary: extended & 0xff, extended }
    : { primary: 0, extended: 0 };
}

/** Whether a row would exist twice, or would refer to a row that does not exist. */
export function isSqliteConflict(error: unknown): boolean {
  return SQLITE_CONFLICTS.has(resultCode(error).extended);
}

/**
 * Whether the system could not bring written bytes to the disk. The content of the disk is then
 * unknown, and a second attempt may succeed although the bytes are lost.
 */
export function isFsyncFailure(error: unknown): boolean {
  if (error instanceof NotOnDiskError) return true;
  return SQLITE_FSYNC_FAILURES.has(resultCode(error).extended);
}

/** Whether the engine failed through no fault of the statement. */
export function isSqliteOutage(error: unknown): boolean {
  if (error instanceof NotOnDiskError) return true;
  return [SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR].includes(resultCode(error).primary);
}
