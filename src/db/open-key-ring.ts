import { hostname } from 'node:os';
import { type Config, ConfigError } from '../config.ts';
import { KeyRing } from '../kit/seal.ts';
import type { Database, Db, Tx } from './database.ts';
import { developmentKey } from './development-key.ts';
import { refuseNewerMigration } from './migrate.ts';
import {
  deleteProcess,
  deleteProcesses,
  listLiveProcesses,
  type Sign,
  writeSign,
} from './process-store.ts';
import { listKeysInUse } from './sealed-row-store.ts';
import {
  deleteSealingKeys,
  fetchSealing,
  listSealingKeys,
  lockSealing,
  type Sealing,
  writeSealing,
  writeSealingKey,
} from './sealing-key-store.ts';

const CANARY = 'tieline';
const PROCESS_ID_BYTES = 8;
const ORIGIN_ROW = 'sealing|origin';
const canaryRow = (id: string) => `sealing_key|${id}`;

/** The keys of this process, and its place among those that write to the database. */
export interface HeldKeys {
  readonly ring: KeyRing;
  /** The id of this process in the database. */
  readonly processId: string;
  /** Writes a sign of life, and learns which key seals. */
  readonly keepAlive: () => Promise<void>;
  /** Removes this process from the database. */
  readonly leave: () => Promise<void>;
}

/**
 * Opens the ring of keys for this database's secrets. The keys come from the settings or, in
 * development, from a file beside the data that the first start makes.
 *
 * The start fails if the ring lacks the key that seals, lacks a key that any row needs, or has
 * another key of the same name. A process that may write registers its keys in the transaction of
 * that check, so that `keys reseal` never uses a key that some process lacks.
 */
export async function openKeyRing(
  config: Config,
  database: Database,
  randomBytes: (size: number) => Buffer,
): Promise<HeldKeys> {
  const { engine } = database;
  const mayMake = (await listSealingKeys(database.db)).length === 0;
  const keys = config.secretKeys ?? [developmentKey(config, randomBytes, mayMake)];
  const ring = new KeyRing(keys, randomBytes);
  const processId = randomBytes(PROCESS_ID_BYTES).toString('hex');
  if (database.readonly) {
    await look(database.db, ring);
    return { ring, processId, keepAlive: async () => {}, leave: async () => {} };
  }
  const sign = { id: processId, host: hostname(), pid: process.pid, key_ids: ring.keyIds };
  const sealing = await database.write((tx) => enter(tx, database, ring, sign));
  learn(ring, sealing);
  return {
    ring,
    processId,
    async keepAlive() {
      // No other process writes to a file, so no sign of life is needed.
      if (engine === 'sqlite') return;
      await database.write((tx) => writeSign(tx, engine, sign));
      const now = await fetchSealing(database.db);
      if (now) ring.follow(now.key_id);
    },
    leave: () => database.write((tx) => deleteProcess(tx, processId)),
  };
}

/** The keys that a process must hold: the key that seals, and every key that a row needs. */
export async function listNeededKeys(db: Db, sealing?: Sealing): Promise<string[]> {
  const seals = sealing ?? (await fetchSealing(db));
  return [...new Set([...(seals ? [seals.key_id] : []), ...(await listKeysInUse(db))])];
}

/** Checks, for a process that only reads, that it can open every secret. */
async function look(db: Db, ring: KeyRing): Promise<void> {
  const sealing = await fetchSealing(db);
  const needed = await listNeededKeys(db, sealing);
  refuseWithout(ring, needed);
  for (const { id, canary } of await listSealingKeys(db)) {
    if (needed.includes(id) && !opens(ring, id, canary)) throw otherKey(id);
  }
  if (sealing) learn(ring, sealing);
}

/** Registers this process among those that write to the database. */
async function enter(tx: Tx, { engine }: Database, ring: KeyRing, sign: Sign): Promise<Sealing> {
  await lockSealing(tx, engine);
  // Another process may have migrated since this one looked.
  if (engine === 'postgres') await refuseNewerMigration(tx);
  if (engine === 'sqlite') await deleteProcesses(tx);
  const known = new Map((await listSealingKeys(tx)).map(({ id, canary }) => [id, canary]));
  const sealing = (await fetchSealing(tx)) ?? (await begin(tx, ring, [...known.keys()]));
  const needed = await listNeededKeys(tx, sealing);
  refuseWithout(ring, needed);
  const live = await listLiveProcesses(tx, engine);
  const held = new Set([...needed, ...live.flatMap(({ key_ids }) => key_ids)]);
  for (const id of ring.keyIds) {
    const canary = known.get(id);
    if (canary !== undefined && opens(ring, id, canary)) continue;
    if (canary !== undefined && held.has(id)) throw otherKey(id);
    await writeSealingKey(tx, { id, canary: ring.sealer(id).seal(CANARY, canaryRow(id)) });
  }
  const forgotten = [...known.keys()].filter((id) => !ring.has(id) && !held.has(id));
  await deleteSealingKeys(tx, forgotten);
  await writeSign(tx, engine, sign);
  return sealing;
}

/**
 * Names the key that seals when the database names none yet. It is the first key of an empty
 * database, or the key that sealed rows before the database named one.
 */
async function begin(tx: Tx, ring: KeyRing, known: readonly string[]): Promise<Sealing> {
  const [first] = known;
  const key_id = ring.keyIds.find((id) => known.includes(id)) ?? first ?? ring.keyIds[0];
  refuseWithout(ring, [key_id]);
  const sealing = { key_id, origin: ring.sealer(key_id).seal(ring.origin, ORIGIN_ROW) };
  await writeSealing(tx, sealing);
  return sealing;
}

/** The sealed origin under another key of the ring. */
export function sealAnew(ring: KeyRing, { origin }: Sealing, key_id: string): Sealing {
  const plain = ring.open(origin, ORIGIN_ROW);
  return { key_id, origin: ring.sealer(key_id).seal(plain, ORIGIN_ROW) };
}

function learn(ring: KeyRing, { key_id, origin }: Sealing): void {
  ring.follow(key_id);
  ring.origin = ring.open(origin, ORIGIN_ROW);
}

function opens(ring: KeyRing, id: string, canary: string): boolean {
  try {
    return ring.open(canary, canaryRow(id)) === CANARY;
  } catch {
    return false;
  }
}

function refuseWithout(ring: KeyRing, needed: readonly string[]): void {
  const id = needed.find((key_id) => !ring.has(key_id));
  if (id === undefined) return;
  throw new ConfigError(
    `The data was sealed with a secret key named "${id}" that TIELINE_SECRET_KEY does not hold: ` +
      `add it, as in newname:KEY,${id}:OLDKEY.`,
  );
}

function otherKey(id: string): ConfigError {
  return new ConfigError(
    `The secret key "${id}" is not the one this data was sealed with: ` +
      'set TIELINE_SECRET_KEY, or put the secret.key file back, as it was.',
  );
}
