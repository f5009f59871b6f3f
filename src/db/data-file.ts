import { chmodSync, closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** The first bytes of every SQLite file (https://www.sqlite.org/fileformat.html, section 1.3). */
const MAGIC = Buffer.from('SQLite format 3\0');
const OWNER_ONLY = 0o600;

/** The size of a data file, in bytes; null when there is none. */
export function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}

/** Makes a file if there is none. Only its owner may read it, even in an open folder. */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, 'a', OWNER_ONLY));
  chmodSync(file, OWNER_ONLY);
}

/**
 * A data file that stays open while SQLite uses it. When a process closes a file, the system drops all
 * locks that the process has on it, SQLite's too (https://www.sqlite.org/howtocorrupt.html, section
 * 2.2). Another program that reads the data would then take itself for the last one, and would remove
 * the log under the server.
 */
export interface OpenDataFile {
  /** Whether the file still has its place, and begins with the first bytes of an SQLite file. */
  isWhole(): boolean;
  /** Closes it. SQLite must have closed its own before. */
  close(): void;
}

/** Opens a file of {@link makePrivateFile}. */
export function openDataFile(file: string): OpenDataFile {
  const descriptor = openSync(file, 'r');
  const opened = fstatSync(descriptor);
  const start = Buffer.alloc(MAGIC.length);
  return {
    isWhole() {
      try {
        const found = statSync(file);
        if (found.ino !== opened.ino || found.dev !== opened.dev) return false;
        return (
          readSync(descriptor, start, 0, start.length, 0) === start.length && start.equals(MAGIC)
        );
      } catch {
        return false;
      }
    },
    close: () => closeSync(descriptor),
  };
}
