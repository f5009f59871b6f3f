import { sql } from 'kysely';
import { type ClockSample, type ClockSetting, UNMOVED_CLOCK } from '../kit/clock.ts';
import type { Db, Tx } from './database.ts';
import { readSetting, writeSetting } from './settings-store.ts';

const NAME = 'clock';

/** How far the clock was moved, for all processes that share the database. */
export async function readClock(db: Db): Promise<ClockSetting> {
  const value = await readSetting(db, NAME);
  return value === undefined ? UNMOVED_CLOCK : (JSON.parse(value) as ClockSetting);
}

/** What time the database server has. */
export async function sampleClock(db: Db, machine: () => number): Promise<ClockSample> {
  const asked = machine();
  const { rows } = await sql<{ now: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as now
  `.execute(db);
  return { asked, database: rows[0]?.now ?? asked, answered: machine() };
}

/** How far the clock was moved; until the transaction ends no other process can move it. */
export async function lockClock(tx: Tx): Promise<ClockSetting> {
  const { value } = await tx
    .insertInto('settings')
    .values({ name: NAME, value: JSON.stringify(UNMOVED_CLOCK) })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ name: NAME }))
    .returning('value')
    .executeTakeFirstOrThrow();
  return JSON.parse(value) as ClockSetting;
}

export async function writeClock(tx: Tx, setting: ClockSetting): Promise<void> {
  await writeSetting(tx, NAME, JSON.stringify(setting));
}
