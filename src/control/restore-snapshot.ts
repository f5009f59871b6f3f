import type { App } from '../app.ts';
import { readClock, writeClock } from '../db/clock-store.ts';
import type { Engine, Tx } from '../db/database.ts';
import { listLiveProcesses } from '../db/process-store.ts';
import { holdSealing, listSealingKeys } from '../db/sealing-key-store.ts';
import { findSnapshot } from '../db/snapshot-store.ts';
import { lockWorld, type Page, replaceWorld } from '../db/whole/snapshot-rows.ts';
import { SCHEMA } from '../db/whole/whole-data.ts';
import { conflict } from '../kit/api-error.ts';
import type { ClockSetting } from '../kit/clock.ts';
import { nudgeWorker } from '../webhooks/webhook-nudge.ts';
import { missing } from './control-fields.ts';
import { openPages } from './keep-snapshot.ts';

/**
 * Makes a snapshot the world again, in one deed, so that a reader sees either the old world or the
 * new one. The clock gets the snapshot's setting: its time is the time of the snapshot plus the
 * real time since then.
 * @throws ApiError 404/20404 when no snapshot has the name; 409/20409 when another version made it,
 *   or when a key that it needs no longer exists
 */
export async function restoreSnapshot(app: App, name: string): Promise<void> {
  const { clock, database } = app;
  const { engine } = database;
  const snapshot = await findSnapshot(database.db, name);
  if (!snapshot) throw missing('snapshot', name);
  if (snapshot.schema !== SCHEMA) {
    throw conflict(`The snapshot ${name} was kept by another version of Tieline: keep it again.`);
  }
  const pages = await openPages(snapshot);
  const setting = await database.write(async (tx) => {
    await lockWorld(tx, engine);
    await refuseRetiredKeys(tx, engine, { name, pages });
    const before = await readClock(tx);
    await replaceWorld(tx, engine, pages);
    return putClockBack(tx, before);
  });
  clock.follow(setting);
  nudgeWorker(app);
}

/**
 * Checks that the keys which sealed the snapshot's tokens are still among the database's keys, and
 * on the ring of every process. If such a key was retired, nobody could sign in.
 */
async function refuseRetiredKeys(
  tx: Tx,
  engine: Engine,
  { name, pages }: { readonly name: string; readonly pages: readonly Page[] },
): Promise<void> {
  await holdSealing(tx, engine);
  const live = await listLiveProcesses(tx, engine);
  const ids = (await listSealingKeys(tx)).map(({ id }) => id);
  const known = new Set(ids.filter((id) => live.every(({ key_ids }) => key_ids.includes(id))));
  for (const { sealed_with: id } of pages.flatMap(({ rows }) => rows)) {
    if (typeof id !== 'string' || known.has(id)) continue;
    throw conflict(
      `The snapshot ${name} was sealed with the secret key "${id}", which was retired: keep it again.`,
    );
  }
}

/**
 * Puts the snapshot's setting of the clock into force. If time goes back by it, the setting tells
 * all processes so.
 */
async function putClockBack(tx: Tx, before: ClockSetting): Promise<ClockSetting> {
  const { ahead_ms } = await readClock(tx);
  const epoch = ahead_ms < before.ahead_ms ? before.epoch + 1 : before.epoch;
  const after = { epoch, ahead_ms };
  // A clock that was never moved has no setting.
  if (epoch > 0 || ahead_ms > 0) await writeClock(tx, after);
  return after;
}
