import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Config, ConfigError, DEFAULT_FOLDER, SECRET_KEY_BYTES } from '../config.ts';
import { makeFolder } from '../kit/make-folder.ts';
import { KeyRing, type SealingKey } from '../kit/seal.ts';
import type { Database } from './open-database.ts';
import { insertSealingKey, listSealingKeys } from './sealing-key-store.ts';

const KEY_FILE = 'secret.key';
const CANARY = 'tieline';

/**
 * The ring that seals this database's secrets: from the settings, or, in development, from a
 * file beside the data that is made at the first start.
 *
 * Each key that ever sealed something has a canary row here. A start whose ring lacks one of
 * them, or has another key of the same name, is refused: it would find tokens it cannot read.
 */
export async function openKeyRing(
  config: Config,
  database: Database,
  randomBytes: (size: number) => Buffer,
): Promise<KeyRing> {
  const known = await listSealingKeys(database.db);
  const mayMake = known.length === 0;
  const keys = config.secretKeys ?? [developmentKey(config, randomBytes, mayMake)];
  const ring = new KeyRing(keys, randomBytes);
  for (const { id, canary } of known) refuseOtherKey(ring, id, canary);
  if (!database.readonly && !known.some(({ id }) => id === ring.currentKeyId)) {
    const id = ring.currentKeyId;
    const canary = ring.seal(CANARY, canaryRow(id));
    await database.write((tx) => insertSealingKey(tx, { id, canary }));
  }
  return ring;
}

const canaryRow = (id: string) => `sealing_key|${id}`;

function refuseOtherKey(ring: KeyRing, id: string, canary: string): void {
  if (!ring.has(id)) {
    throw new ConfigError(
      `The data was sealed with a secret key named "${id}" that TIELINE_SECRET_KEY does not hold: ` +
        `add it, as in newname:KEY,${id}:OLDKEY.`,
    );
  }
  try {
    ring.open(canary, canaryRow(id));
  } catch {
    throw new ConfigError(
      `The secret key "${id}" is not the one this data was sealed with: ` +
        'set TIELINE_SECRET_KEY, or put the secret.key file back, as it was.',
    );
  }
}

/**
 * In memory a new key for each start; otherwise the one in the data folder, made if nothing was
 * sealed yet.
 */
function developmentKey(
  config: Config,
  randomBytes: (size: number) => Buffer,
  mayMake: boolean,
): SealingKey {
  const id = 'dev';
  if (config.data.engine === 'memory') return { id, bytes: randomBytes(SECRET_KEY_BYTES) };
  const folder = config.data.engine === 'sqlite' ? config.data.folder : DEFAULT_FOLDER;
  const file = join(resolve(folder), KEY_FILE);
  if (!existsSync(file)) {
    if (!mayMake) {
      throw new ConfigError(
        `The data is sealed with a key that is not here: put ${file} back, or set TIELINE_SECRET_KEY.`,
      );
    }
    makeFolder(dirname(file), 0o700);
    writeFileSync(file, `${randomBytes(SECRET_KEY_BYTES).toString('base64')}\n`, { mode: 0o600 });
  }
  const bytes = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (bytes.length !== SECRET_KEY_BYTES) {
    throw new ConfigError(
      `${file} does not hold a key of 32 bytes in base64: put it back as it was.`,
    );
  }
  return { id, bytes };
}
