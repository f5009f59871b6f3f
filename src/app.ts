import { randomBytes } from 'node:crypto';
import type { Config } from './config.ts';
import { type Database, openDatabase } from './db/open-database.ts';
import { openKeyRing } from './db/open-key-ring.ts';
import { type Log, openLog } from './kit/log.ts';
import { openResolver } from './kit/resolve.ts';
import type { KeyRing } from './kit/seal.ts';
import { type SidPrefix, sidSource } from './kit/sid.ts';
import type { EpochMs } from './kit/utc.ts';

/** All that comes from outside: settings, storage, time, randomness, the log. */
export interface App {
  readonly config: Config;
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly log: Log;
  /** The product's time; everything that is dated takes it from here. */
  readonly now: () => EpochMs;
  /** Real time, which sign-in, sessions and rate limits go by. */
  readonly realNow: () => EpochMs;
  readonly randomBytes: (size: number) => Buffer;
  /** The addresses of a host name, A and AAAA; an error when there are none. */
  readonly resolve: (hostname: string) => Promise<string[]>;
  readonly newSid: (prefix: SidPrefix) => string;
  readonly close: () => Promise<void>;
}

/** What takes the place of the real outside world, and how much of it is used. */
export interface Outside {
  readonly log?: Log;
  readonly now?: () => EpochMs;
  readonly realNow?: () => EpochMs;
  readonly resolve?: (hostname: string) => Promise<string[]>;
  readonly randomBytes?: (size: number) => Buffer;
  /** Opens the data beside a running server, as it is, for commands that only read. */
  readonly readonly?: boolean;
}

/**
 * Opens everything that the product runs on.
 * @throws ConfigError with one sentence when the data or its key cannot be used.
 */
export async function openApp(config: Config, outside: Outside = {}): Promise<App> {
  const log = outside.log ?? openLog(config.logLevel);
  const now = outside.now ?? Date.now;
  const realNow = outside.realNow ?? Date.now;
  const resolve = outside.resolve ?? openResolver();
  const random = outside.randomBytes ?? randomBytes;
  const database = await openDatabase(config.data, log, { readonly: outside.readonly });
  try {
    const keyRing = await openKeyRing(config, database, random);
    return {
      config,
      database,
      keyRing,
      log,
      now,
      realNow,
      randomBytes: random,
      resolve,
      newSid: sidSource(now, random),
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
