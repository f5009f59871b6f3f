import assert from 'node:assert/strict';
import { fstatSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { databaseFile } from '../../src/config.ts';
import type { Sync } from '../../src/db/commits-on-disk.ts';
import { writeSetting } from '../../src/db/settings-store.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

/** A disk writes a sector as a whole or not at all. */
const SECTOR = 512;
/** The data file, and the log beside it. */
const ENDS = ['', '-wal'] as const;
type End = (typeof ENDS)[number];
const SETTINGS = 12;
const WRITES = 120;
const LARGEST_VALUE = 200_000;
/** The power fails ahead of one sync in so many, and after one. */
const SYNCS_A_CUT = 3;
/** It fails so often, each time with other sectors, when an emptied log is not on the disk yet. */
const CUTS_OF_EMPTIED = 8;

/** The files of a running server, and what of them is on the disk for certain: all up to a sync. */
class ModelDisk {
  readonly #file: string;
  readonly #random: (limit: number) => number;
  readonly #synced: Map<End, Buffer>;

  constructor({ app }: TestApp, random: (limit: number) => number) {
    const { data } = app.config;
    this.#file = databaseFile(data.engine === 'sqlite' ? data.folder : '');
    this.#random = random;
    this.#synced = new Map(ENDS.map((end) => [end, this.#written(end)]));
  }

  sync(descriptor: number): void {
    const { ino } = fstatSync(descriptor);
    for (const end of ENDS) {
      if (statSync(`${this.#file}${end}`).ino === ino) this.#synced.set(end, this.#written(end));
    }
  }

  /** Whether the log has become shorter since its sync. */
  get isEmptied(): boolean {
    return this.#written('-wal').length < (this.#synced.get('-wal')?.length ?? 0);
  }

  /** Writes what is left when the power fails now. Each unsynced sector is there, or is lost. */
  cutInto(file: string): void {
    for (const end of ENDS) {
      const written = this.#written(end);
      const synced = this.#synced.get(end) ?? written;
      const left = Buffer.alloc((this.#random(2) === 0 ? written : synced).length);
      const isLost = this.#loss(written.length);
      for (let at = 0; at < left.length; at += SECTOR) {
        const isThere = at < written.length && !isLost(at);
        (isThere ? written : synced).subarray(at, at + SECTOR).copy(left, at);
      }
      writeFileSync(`${file}${end}`, left);
    }
  }

  /** @returns whether a sector is lost: those before a place, those after it, or some all over */
  #loss(length: number): (at: number) => boolean {
    const place = this.#random(length + 1);
    const kind = this.#random(3);
    if (kind === 0) return (at) => at < place;
    if (kind === 1) return (at) => at >= place;
    const tenths = this.#random(11);
    return () => this.#random(10) < tenths;
  }

  #written(end: End): Buffer {
    return readFileSync(`${this.#file}${end}`);
  }
}

/** The value that a write gives to a setting. */
function valueOf(write: number): string {
  const filler = String.fromCodePoint(97 + (write % 26));
  return `${write}:${filler.repeat((write * 7_919) % LARGEST_VALUE)}`;
}

/** Opens the file as a start does. @returns the number of the write that each setting is of */
function writesIn(file: string): Map<string, number> {
  using database = new DatabaseSync(file);
  // This copy need not outlive the test.
  database.exec('pragma synchronous = off');
  const check = database.prepare('pragma integrity_check').all();
  assert.deepEqual(check.flatMap(Object.values), ['ok']);
  const rows = database.prepare("select name, value from settings where name like 'cut-%'").all();
  return new Map(
    rows.map(({ name, value }) => {
      const write = Number.parseInt(String(value), 10);
      assert.ok(value === valueOf(write), `${String(name)} has the value of one write`);
      return [String(name), write];
    }),
  );
}

suite('a power failure', () => {
  for (const seed of [1, 2]) {
    test(`loses no answered write, and leaves a sound file, seed ${seed}`, async () => {
      const random = seededRandom(seed);
      using folder = temporaryFolder();
      const answered = new Map<string, number>();
      const story = { disk: null as ModelDisk | null, cuts: 0, failures: [] as unknown[] };
      const cut = (disk: ModelDisk) => {
        disk.cutInto(folder.at('left.db'));
        story.cuts += 1;
        const left = writesIn(folder.at('left.db'));
        for (const [name, write] of answered) {
          assert.ok((left.get(name) ?? -1) >= write, `write ${write} of ${name} is lost`);
        }
      };
      const sync: Sync = async (descriptor) => {
        const { disk } = story;
        if (!disk) return;
        try {
          const cuts = disk.isEmptied ? CUTS_OF_EMPTIED : random(SYNCS_A_CUT) === 0 ? 1 : 0;
          for (let number = 0; number < cuts; number += 1) cut(disk);
          disk.sync(descriptor);
          if (random(SYNCS_A_CUT) === 0) cut(disk);
        } catch (error) {
          story.failures.push(error);
        }
      };
      await using app = await testApp({ engine: 'sqlite', disk: { sync } });
      story.disk = new ModelDisk(app, random);
      for (let write = 0; write < WRITES; write += 1) {
        const name = `cut-${random(SETTINGS)}`;
        await app.app.database.write((tx) => writeSetting(tx, name, valueOf(write)));
        answered.set(name, write);
        if (story.failures.length > 0) throw story.failures[0];
      }
      assert.ok(story.cuts > WRITES / SYNCS_A_CUT, `${story.cuts} cuts`);
    });
  }
});
