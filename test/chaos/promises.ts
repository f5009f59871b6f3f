import { DatabaseSync } from 'node:sqlite';
import type { App } from '../../src/app.ts';
import type { DataLocation } from '../../src/config.ts';
import { databaseFile } from '../../src/config.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { openLog } from '../../src/kit/log.ts';
import { verify } from '../../src/verify/verify.ts';
import { BrokenPromise } from './broken-promise.ts';
import { type Change, type History, type Kind, MARK } from './history.ts';
import type { PostgresServer } from './postgres-server.ts';
import type { Receiver } from './receiver.ts';

/** Asks the database itself, past the product. */
export type Look = <Row extends object>(text: string) => Promise<Row[]>;

export function lookAtPostgres(server: PostgresServer): Look {
  return (text) => server.query(text);
}

export function lookAtFolder(folder: string): Look {
  return async <Row extends object>(text: string) => {
    using file = new DatabaseSync(databaseFile(folder), { readOnly: true, timeout: 10_000 });
    return file.prepare(text).all() as Row[];
  };
}

/** The column that holds the marker of each kind. */
const COLUMNS: Readonly<Record<Kind, readonly [table: string, column: string]>> = {
  message: ['messages', 'body'],
  call: ['calls', 'status_callback'],
  event: ['usage_events', 'key'],
  trigger: ['usage_triggers', 'friendly_name'],
  number: ['incoming_phone_numbers', 'friendly_name'],
  credit: ['balance_credits', 'key'],
};

const MARKER = new RegExp(`${MARK}-[a-z]+-[0-9]+`);
const SHOWN = 5;

/**
 * Holds the database against the answers: a change that was answered is there once, a refused one is
 * not there, and no change is there twice.
 */
export async function checkChanges(look: Look, history: History): Promise<void> {
  const done = history.changes.filter(({ isDone }) => isDone);
  const refused = history.changes.filter(({ isRefused }) => isRefused);
  const found = new Map<string, number>();
  for (const [table, column] of Object.values(COLUMNS)) {
    const rows = await look<{ marker: string; count: string }>(
      `select ${column} as marker, count(*) as count from ${table}
        where ${column} like '%${MARK}-%' group by ${column}`,
    );
    for (const { marker: text, count } of rows) {
      const [marker = text] = MARKER.exec(text) ?? [];
      found.set(marker, (found.get(marker) ?? 0) + Number(count));
    }
  }
  demandNone('lost, although it was answered', done, ({ marker }) => !found.has(marker));
  // The load goes on, so a change may be asked for again, and done, while the rows are read.
  const stillRefused = refused.filter(({ isRefused }) => isRefused);
  demandNone('found, although it was refused', stillRefused, ({ marker }) => found.has(marker));
  for (const [marker, count] of found) {
    if (count > 1) {
      const evidence = history.get(marker)?.story;
      throw new BrokenPromise(`${marker} is there ${count} times`, evidence);
    }
  }
}

function demandNone(
  fate: string,
  changes: readonly Change[],
  isBroken: (change: Change) => boolean,
): void {
  const broken = changes.filter(isBroken);
  const [first] = broken;
  if (!first) return;
  const evidence = broken.slice(0, SHOWN).map(({ story }) => story);
  throw new BrokenPromise(`a ${first.kind} was ${fate} (${broken.length} in all)`, evidence);
}

/** Nobody holds a number that somebody else holds. */
export async function checkNumbers(look: Look): Promise<void> {
  const shared = await look(
    `select phone_number, count(*) as holders from incoming_phone_numbers
      group by phone_number having count(*) > 1`,
  );
  if (shared.length > 0) throw new BrokenPromise('a number has two holders', shared);
}

/** A sent webhook is committed, a delivered one has arrived, and a trigger has one token. */
export async function checkWebhooks(
  look: Look,
  receiver: Receiver,
  { isSettled }: { readonly isSettled: boolean },
): Promise<void> {
  const heard = [...receiver.heard];
  const rows = await look<{ token: string; state: string; kind: string; url: string }>(
    'select idempotency_token as token, state, kind, url from deliveries',
  );
  const kept = new Set(rows.map(({ token }) => token));
  const uncommitted = heard.filter(({ token }) => !kept.has(token));
  if (uncommitted.length > 0) {
    throw new BrokenPromise('a webhook was sent that was never committed', uncommitted);
  }
  const arrived = new Set(receiver.heard.map(({ token }) => token));
  const missing = rows.filter(({ state, token }) => state === 'delivered' && !arrived.has(token));
  if (missing.length > 0) {
    throw new BrokenPromise('a webhook counts as delivered and never arrived', missing);
  }
  const open = rows.filter(({ state }) => state === 'pending' || state === 'leased');
  if (isSettled && open.length > 0) {
    throw new BrokenPromise('a webhook was never tried to its end', open.slice(0, SHOWN));
  }
  const fires = Map.groupBy(
    heard.filter(({ path }) => path.startsWith('/trigger?')),
    ({ path }) => path,
  );
  for (const [path, calls] of fires) {
    const tokens = new Set(calls.map(({ token }) => token));
    if (tokens.size > 1) throw new BrokenPromise(`${path} was called by two fires`, calls);
  }
}

/** Adds up the ledger, and checks everything else that the data holds twice. */
export async function checkSums(location: DataLocation): Promise<number> {
  const database = await openDatabase(location, openLog('error'), { readonly: true });
  try {
    const { found, differences, checked } = await verify({ database, now: Date.now } as App);
    if (found > 0) throw new BrokenPromise(`verify finds ${found} differences`, differences);
    return checked.events;
  } finally {
    await database.close();
  }
}
