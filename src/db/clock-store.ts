import { sql } from 'kysely';
import { type ClockSample, type ClockSetting, UNMOVED_CLOCK } from '../kit/clock.ts';
import type { Db, Tx } from './database.ts';
import { readSetting, writeSetting } from './settings-store.ts';

const NAME = 'clock';

/** Reads how far the clock was moved. The setting is the same for all processes of the database. */
export async function readClock(db: Db): Promise<ClockSetting> {
  const value = await readSetting(db, NAME);
  return value === undefined ? UNMOVED_CLOCK : (JSON.parse(value) as ClockSetting);
}

/** Reads the time of the database server. */
export async function sampleClock(db: Db, machine: () => number): Promise<ClockSample> {
  const asked = machine();
  const { rows } = await sql<{ now: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as now
  `.execute(db);
  return { asked, database: rows[0]?.now ?? asked, answered: machine() };
}

/** Reads how far the clock was moved, and keeps other processes from moving it until the commit. */
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
