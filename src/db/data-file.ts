import { chmodSync, closeSync, openSync, readSync, statSync } from 'node:fs';

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

/** Whether the file begins with the first bytes of an SQLite file. */
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
