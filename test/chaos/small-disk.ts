import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MEGABYTES = 768;
const BLOCK = Buffer.alloc(2 ** 20);

/** A disk of a fixed size, which can be filled and freed. It takes namespaces of its own. */
export class SmallDisk implements Disposable {
  /** A folder on the disk. */
  readonly path: string;
  readonly #mount: string;

  constructor(mount: string, owner: { readonly uid?: number; readonly gid?: number } = {}) {
    this.#mount = mount;
    this.path = join(mount, 'files');
    mkdirSync(mount, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m,mode=0755`, 'tmpfs', mount]);
    mkdirSync(this.path, { mode: 0o700 });
    if (owner.uid !== undefined && owner.gid !== undefined) {
      chownSync(this.path, owner.uid, owner.gid);
    }
    chmodSync(this.path, 0o700);
  }

  /** Takes all the room that is left. */
  fill(): void {
    for (let number = 0; this.#left >= BLOCK.length; number += 1) {
      const room = Math.min(this.#left, 64 * BLOCK.length);
      this.#take(`ballast ${number}`, Buffer.alloc(room - (room % 4096)));
    }
    this.#take('ballast of the rest', Buffer.alloc(BLOCK.length));
  }

  #take(name: string, bytes: Buffer): void {
    try {
      writeFileSync(join(this.#mount, name), bytes, { flag: 'a' });
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOSPC') throw error;
    }
  }

  get #left(): number {
    const { bavail, bsize } = statfsSync(this.#mount);
    return bavail * bsize;
  }

  /** Gives the room back. */
  free(): void {
    execFileSync('find', [this.#mount, '-maxdepth', '1', '-name', 'ballast*', '-delete']);
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--lazy', this.#mount]);
    rmSync(this.#mount, { recursive: true, force: true });
  }
}
