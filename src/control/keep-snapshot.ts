import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { App } from '../app.ts';
import {
  countOtherSnapshots,
  putSnapshot,
  type Snapshot,
  type SnapshotLine,
} from '../db/snapshot-store.ts';
import type { Tables } from '../db/tables/tables.ts';
import { type Page, readWorld } from '../db/whole/snapshot-rows.ts';
import { type Row, SCHEMA } from '../db/whole/whole-data.ts';
import { conflict } from '../kit/api-error.ts';

/** The most snapshots of a database. */
export const MAX_SNAPSHOTS = 20;
/** The most rows of a snapshot. Snapshots are for worlds of tests. */
const MAX_ROWS = 100_000;
/** The most characters of its rows as JSON, before compression. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** Compression makes restoring quick, and costs a few milliseconds. */
const GZIP = { level: 6 };

const compress = promisify(gzip);
const expand = promisify(gunzip);

/**
 * Keeps the whole world under a name, and replaces a snapshot of that name. It includes every
 * change that was answered before. Tasks and deliveries that a worker has leased are kept as
 * waiting, so that they are done after a restore.
 * @throws ApiError 409/20409 when there are too many snapshots, or the world is too large
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

/** The world as JSON, with a page on each line. */
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

/** Turns a row that a worker may have leased into the row before the lease. */
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
