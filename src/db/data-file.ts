import { chmodSync, closeSync, openSync, readSync, statSync } from 'node:fs';

/** What an SQLite file begins with (https://www.sqlite.org/fileformat.html, section 1.3). */
const MAGIC = Buffer.from('SQLite format 3\0');
const OWNER_ONLY = 0o600;

/** The size of a data file, in bytes; null where there is none. */
export function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}

/** Makes a file if there is none, and lets nobody but its owner read it, whatever its folder allows. */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, 'a', OWNER_ONLY));
  chmodSync(file, OWNER_ONLY);
}

/** Whether the file that is at this place now begins as SQLite's files do. */
export function beginsAsData(file: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const start = Buffer.alloc(MAGIC.length);
    return readSync(descriptor, start) === MAGIC.length && start.equals(MAGIC);
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
