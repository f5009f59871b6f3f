import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { App } from '../app.ts';
import { type Page, readWorld } from '../db/snapshot-rows.ts';
import {
  countOtherSnapshots,
  putSnapshot,
  type Snapshot,
  type SnapshotLine,
} from '../db/snapshot-store.ts';
import type { Tables } from '../db/tables/tables.ts';
import { type Row, SCHEMA } from '../db/whole-data.ts';
import { conflict } from '../kit/api-error.ts';

/** Snapshots of a database. */
export const MAX_SNAPSHOTS = 20;
/** Rows of one: a world of tests, not of an operator. */
const MAX_ROWS = 100_000;
/** Characters of its rows as JSON, before they are compressed. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** A restore of the least size is quick, and compressing costs a few milliseconds. */
const GZIP = { level: 6 };

const compress = promisify(gzip);
const expand = promisify(gunzip);

/**
 * Keeps the whole world under a name, in place of one that has it: everything that was answered
 * before is in it. It holds nothing that is under way: what a worker has just leased is kept as
 * waiting, so that it is done after a restore.
 * @throws ApiError 409/20409 when there are as many as there may be, or the world is too large
 */
export async function keepSnapshot(app: App, name: string): Promise<SnapshotLine> {
  const { database, realNow } = app;
  const { text, rows } = await readText(app);
  const bytes = await compress(text, GZIP);
  const snapshot: Snapshot = {
    name,
    schema: SCHEMA,
    rows,
    bytes: bytes.length,
    content: bytes.toString('base64'),
    date_created: realNow(),
  };
  await database.write(async (tx) => {
    if ((await countOtherSnapshots(tx, database.engine, name)) >= MAX_SNAPSHOTS) {
      throw conflict(
        `There are ${MAX_SNAPSHOTS} snapshots: delete one with DELETE /_tieline/snapshots/{name}.`,
      );
    }
    await putSnapshot(tx, snapshot);
  });
  return snapshot;
}

/** The pages of a snapshot. */
export async function openPages({ content }: Pick<Snapshot, 'content'>): Promise<Page[]> {
  const text = (await expand(Buffer.from(content, 'base64'))).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Page);
}

/** The world as JSON lines, a page each. */
async function readText({ database }: App): Promise<{ text: string; rows: number }> {
  const lines: string[] = [];
  let count = 0;
  let characters = 0;
  await readWorld(database, ({ table, rows }) => {
    const atRest = AT_REST[table];
    const line = JSON.stringify({ table, rows: atRest ? rows.map(atRest) : rows });
    count += rows.length;
    characters += line.length;
    if (count > MAX_ROWS || characters > MAX_CHARACTERS) throw tooLarge();
    lines.push(`${line}\n`);
  });
  return { text: lines.join(''), rows: count };
}

function tooLarge() {
  return conflict(
    `A snapshot keeps at most ${MAX_ROWS} rows and ${MAX_CHARACTERS} characters, and this world ` +
      'has more: begin with POST /_tieline/reset.',
  );
}

/** How a row is kept that a worker may be at: as it was before it was leased. */
const AT_REST: { readonly [Name in keyof Tables]?: (row: Row) => Row } = {
  deliveries: (row) => {
    if (row['state'] !== 'leased') return row;
    const { date_updated = null, attempts, tries } = row;
    return {
      ...row,
      state: 'pending',
      lease: null,
      leased_until: null,
      date_next: date_updated,
      attempts: Number(attempts) - 1,
      tries: Number(tries) - 1,
    };
  },
  carrier_tasks: (row) => ({ ...row, lease: null, leased_until: null }),
};
