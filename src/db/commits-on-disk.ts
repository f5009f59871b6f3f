import { closeSync, fdatasync, fstatSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Db } from './database.ts';
import { BUSY_TIMEOUT_MS, holdView, runScript, sqliteConnectionOf } from './sqlite.ts';
import { NotOnDiskError } from './sqlite-error.ts';

/** Brings the written bytes of an open file to the disk. */
export type Sync = (descriptor: number) => Promise<void>;

/** Waits for the disk in a thread of libuv, so that the event loop goes on. */
export const syncBesideLoop: Sync = promisify(fdatasync);

/** A log longer than this goes into the data file. SQLite's own limit is 1,000 pages. */
const LOG_BYTES = 4 * 1024 * 1024;

interface Parts {
  /** The data file. */
  readonly file: string;
  readonly writing: Db;
  readonly reading: Db;
  readonly sync: Sync;
}

/**
 * Brings the commits to a data file to the disk beside the event loop. SQLite itself would stop the
 * whole process until the disk answers.
 *
 * How it works: SQLite appends a commit to its log, the file `-wal`, and syncs nothing. `keep` syncs
 * the log in another thread. Meanwhile the reading connection stays at the state before the commit,
 * so it never shows a change that a power cut could take back. A commit that was cut off in the log
 * fails its checksum, and SQLite drops it.
 *
 * `shorten` brings a long log into the data file: it copies the pages, syncs the data file, empties the
 * log, and syncs the log. No commit may come in between. The last step matters: a disk that had the
 * new frames of a log and not yet its end would bring old pages back.
 */
export class CommitsOnDisk {
  readonly #parts: Parts;
  /** Closing a file gives up the locks that SQLite has on it, so both stay open until the end. */
  readonly #data: number;
  readonly #log: number;
  #isLogNamed = false;
  /** The length at which the log is shortened. */
  #longest = LOG_BYTES;
  #failure: NotOnDiskError | null = null;

  private constructor(
    parts: Parts,
    { data, log }: { readonly data: number; readonly log: number },
  ) {
    this.#parts = parts;
    this.#data = data;
    this.#log = log;
  }

  /**
   * Takes the syncing over from SQLite. It first brings the commits of a process that was killed to the
   * disk, before anybody reads them. The log must exist: a statement of the writing connection makes it.
   * @throws NotOnDiskError when the disk fails. SQLite then syncs by itself, as before
   */
  static async begin(parts: Parts): Promise<CommitsOnDisk> {
    const log = openSync(`${parts.file}-wal`, 'r+');
    const data = openSync(parts.file, 'r+');
    const begun = new CommitsOnDisk(parts, { data, log });
    try {
      if (fstatSync(log).size > 0) await begun.#syncLog();
      runScript(parts.writing, 'PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0');
      return begun;
    } catch (error) {
      begun.close();
      throw error;
    }
  }

  /**
   * Commits, and waits until the commit is on the disk. A commit that `is_empty` changes nothing and
   * needs no disk: background work looks every second whether anything is due.
   * @throws NotOnDiskError when the disk failed, now or before. No reader then sees a commit again
   */
  async keep(
    commit: () => Promise<unknown>,
    { is_empty }: { readonly is_empty: boolean },
  ): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (is_empty) {
      await commit();
      return;
    }
    const letGo = holdView(this.#parts.reading);
    try {
      await commit();
    } catch (error) {
      letGo();
      throw error;
    }
    await this.#syncLog();
    letGo();
  }

  /**
   * Brings the log into the data file when it is long.
   * @throws NotOnDiskError when the disk failed; an error of SQLite when the disk is full
   */
  async shorten(): Promise<void> {
    const { writing, file } = this.#parts;
    const { size } = fstatSync(this.#log);
    if (size < this.#longest || this.#failure) return;
    this.#longest = size + LOG_BYTES;
    const { log, checkpointed } = this.#checkpoint('PASSIVE');
    // Another process still reads an older state, as a backup does.
    if (checkpointed < log) return;
    await this.#sync(this.#data, file);
    // While such a process reads, the log cannot be emptied. SQLite then begins it anew later, in a
    // commit, and syncs its header itself.
    runScript(writing, 'PRAGMA synchronous = NORMAL');
    if (!this.#empty()) return;
    await this.#syncLog();
    runScript(writing, 'PRAGMA synchronous = OFF');
    this.#longest = LOG_BYTES;
  }

  /** Lets SQLite sync by itself, for what it does when it closes. */
  end(): void {
    runScript(this.#parts.writing, 'PRAGMA synchronous = FULL');
  }

  /** Closes its files. SQLite must have closed its own before. */
  close(): void {
    closeSync(this.#data);
    closeSync(this.#log);
  }

  /** Empties the log. @returns whether nobody reads it; the loop does not wait for that */
  #empty(): boolean {
    const { writing } = this.#parts;
    runScript(writing, 'PRAGMA busy_timeout = 0');
    try {
      return this.#checkpoint('TRUNCATE').busy === 0;
    } finally {
      runScript(writing, `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): Checkpoint {
    const connection = sqliteConnectionOf(this.#parts.writing);
    return connection.now(`PRAGMA wal_checkpoint(${mode})`, [])[0] as Checkpoint;
  }

  async #syncLog(): Promise<void> {
    if (!this.#isLogNamed) await this.#syncFolder();
    await this.#sync(this.#log, `${this.#parts.file}-wal`);
  }

  async #sync(descriptor: number, name: string): Promise<void> {
    try {
      await this.#parts.sync(descriptor);
    } catch (error) {
      throw (this.#failure = new NotOnDiskError(name, error));
    }
  }

  /** The log may be new. It needs its name on the disk too, which Windows writes by itself. */
  async #syncFolder(): Promise<void> {
    const folder = dirname(this.#parts.file);
    try {
      if (process.platform !== 'win32') {
        await using handle = await open(folder);
        await handle.sync();
      }
    } catch (error) {
      throw (this.#failure = new NotOnDiskError(folder, error));
    }
    this.#isLogNamed = true;
  }
}

/** The answer of a checkpoint: pages in the log, and those of them that are in the data file. */
interface Checkpoint {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}
