import { type ClockSetting, UNMOVED_CLOCK } from '../kit/clock.ts';
import type { Db, Tx } from './open-database.ts';
import { readSetting, writeSetting } from './settings-store.ts';

const NAME = 'clock';

/** How far the clock was moved, for all processes that share the database. */
export async function readClock(db: Db): Promise<ClockSetting> {
  const value = await readSetting(db, NAME);
  return value === undefined ? UNMOVED_CLOCK : (JSON.parse(value) as ClockSetting);
}

/** The same, and until the transaction ends no other process can move it. */
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
