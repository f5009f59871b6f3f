import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Config } from './config.ts';
import { readClock, sampleClock } from './db/clock-store.ts';
import type { Database } from './db/database.ts';
import { openDatabase } from './db/open-database.ts';
import { openKeyRing } from './db/open-key-ring.ts';
import { Clock } from './kit/clock.ts';
import { type Log, openLog } from './kit/log.ts';
import { Metrics } from './kit/metrics.ts';
import { openResolver } from './kit/resolve.ts';
import type { KeyRing } from './kit/seal.ts';
import { type SidPrefix, sidSource } from './kit/sid.ts';
import type { EpochMs } from './kit/utc.ts';

/** All that comes from outside: settings, storage, time, randomness, the log. */
export interface App {
  readonly config: Config;
  readonly database: Database;
  readonly keyRing: KeyRing;
  /** What the database knows this process by, among those that write to it. */
  readonly processId: string;
  /** Gives the database a sign of life, and hears which key seals. */
  readonly keepAlive: () => Promise<void>;
  readonly log: Log;
  /** What is counted, for who runs it. */
  readonly metrics: Metrics;
  /** What `now` reads. A developer can move it forward; it is the same for a whole database. */
  readonly clock: Clock;
  /** Looks at the database server's clock, and goes by it from then on. */
  readonly keepTime: () => Promise<void>;
  /** The product's time; everything that is dated takes it from here. */
  readonly now: () => EpochMs;
  /** Real time, which sign-in, sessions and rate limits go by. */
  readonly realNow: () => EpochMs;
  readonly randomBytes: (size: number) => Buffer;
  /** The addresses of a host name, A and AAAA; an error when there are none. */
  readonly resolve: (hostname: string) => Promise<string[]>;
  /** Connects to a port of 127.0.0.1 where that is not this process's own; null: it is. */
  readonly reachLocal: ((port: number) => Promise<Socket>) | null;
  readonly newSid: (prefix: SidPrefix) => string;
  /** Where it is reached, for whoever is told by no answer of ours: known once it listens. */
  readonly home: { origin: string };
  readonly close: () => Promise<void>;
}

/** What takes the place of the real outside world, and how much of it is used. */
export interface Outside {
  readonly log?: Log;
  readonly now?: () => EpochMs;
  readonly realNow?: () => EpochMs;
  readonly resolve?: (hostname: string) => Promise<string[]>;
  readonly reachLocal?: App['reachLocal'];
  readonly randomBytes?: (size: number) => Buffer;
  /** Where somebody else listens, who hands connections over; the server listens nowhere itself. */
  readonly listens_at?: string;
  /** Opens the data beside a running server, as it is, for commands that only read. */
  readonly readonly?: boolean;
  /** Whether data that is not there is made; it is, unless this says `false`. */
  readonly make?: boolean;
  /** Ends the process, with this status; `process.exit` unless given. */
  readonly exit?: (status: number) => void;
}

/** How long a process that ends tries to say so. */
const LEAVE_MS = 1_000;
/** The status of a process that ended because the disk did not keep what was written. */
const DISK_FAILED = 74;

/**
 * Opens everything that the product runs on.
 * @throws ConfigError with one sentence when the data or its key cannot be used.
 */
export async function openApp(config: Config, outside: Outside = {}): Promise<App> {
  const log = outside.log ?? openLog(config.logLevel, { format: config.logFormat });
  const resolve = outside.resolve ?? openResolver();
  const random = outside.randomBytes ?? randomBytes;
  const exit = outside.exit ?? ((status) => process.exit(status));
  const onDiskFailure = () => {
    log.fatal('the disk did not keep what was written; this process ends, as it knows no more');
    exit(DISK_FAILED);
  };
  const { readonly, make } = outside;
  const metrics = new Metrics();
  const options = { readonly, make, onDiskFailure, metrics };
  const database = await openDatabase(config.data, log, options);
  try {
    const {
      ring: keyRing,
      processId,
      keepAlive,
      leave,
    } = await openKeyRing(config, database, random);
    const clock = new Clock(outside.now ?? Date.now, await readClock(database.db));
    // Processes whose machines disagree about the time would disagree about leases and windows.
    const goByDatabase = database.engine === 'postgres' && outside.now === undefined;
    const keepTime = async () => {
      if (goByDatabase) clock.keepTo(await sampleClock(database.db, Date.now));
    };
    await keepTime();
    const realNow = outside.realNow ?? (() => Date.now() + clock.skew_ms);
    return {
      config,
      database,
      keyRing,
      processId,
      keepAlive,
      log,
      metrics,
      clock,
      keepTime,
      now: () => clock.now(),
      realNow,
      randomBytes: random,
      resolve,
      reachLocal: outside.reachLocal ?? null,
      newSid: newSidBy(clock, random),
      home: { origin: config.publicUrl ?? `http://localhost:${config.port}` },
      async close() {
        // What cannot be told now is known by itself a little later.
        const late = new Promise((done) => setTimeout(done, LEAVE_MS).unref());
        if (!database.writesHang()) await Promise.race([leave().catch(() => {}), late]);
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** SIDs are in the order of time, and begin anew with it when the database is emptied. */
function newSidBy(clock: Clock, random: (size: number) => Buffer): App['newSid'] {
  const begin = () => sidSource(() => clock.now(), random);
  let { epoch } = clock;
  let source = begin();
  return (prefix) => {
    if (clock.epoch !== epoch) {
      ({ epoch } = clock);
      source = begin();
    }
    return source(prefix);
  };
}
