import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Config, ConfigError, DEFAULT_FOLDER, SECRET_KEY_BYTES } from '../config.ts';
import { makeFolder } from '../kit/make-folder.ts';
import type { SealingKey } from '../kit/seal.ts';

const KEY_FILE = 'secret.key';

/**
 * The key of a development database: a new one for data in memory, otherwise the one in the data
 * folder. It is made when nothing was sealed yet.
 */
export function developmentKey(
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
