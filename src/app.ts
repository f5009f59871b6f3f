import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Config } from './config.ts';
import { readClock, sampleClock } from './db/clock-store.ts';
import type { Sync } from './db/commits-on-disk.ts';
import type { Database } from './db/database.ts';
import { openDatabase } from './db/open-database.ts';
import { openKeyRing } from './db/open-key-ring.ts';
import { byDeadline } from './kit/by-deadline.ts';
import { Clock } from './kit/clock.ts';
import { Arrivals } from './kit/event-loop.ts';
import { Kept } from './kit/kept.ts';
import { type Log, openLog } from './kit/log.ts';
import { Metrics } from './kit/metrics.ts';
import {
  openResolver,
  resolveService,
  resolveWays,
  type Service,
  type Way,
} from './kit/resolve.ts';
import type { KeyRing } from './kit/seal.ts';
import { type SidPrefix, sidSource } from './kit/sid.ts';
import type { EpochMs } from './kit/utc.ts';

/** Everything that comes from outside: settings, storage, time, randomness, the log. */
export interface App {
  readonly config: Config;
  readonly database: Database;
  readonly keyRing: KeyRing;
  /** The id of this process in the database. */
  readonly processId: string;
  /** Writes a sign of life to the database, and learns which key seals. */
  readonly keepAlive: () => Promise<void>;
  readonly log: Log;
  /** The metrics, for the operator. */
  readonly metrics: Metrics;
  /** The clock behind `now`. A developer can move it forward, for the whole database. */
  readonly clock: Clock;
  /** Reads the database server's clock, and follows it from then on. */
  readonly keepTime: () => Promise<void>;
  /** The product's time. Everything with a date takes it from here. */
  readonly now: () => EpochMs;
  /** Real time, for sign-in, sessions and rate limits. */
  readonly realNow: () => EpochMs;
  readonly randomBytes: (size: number) => Buffer;
  /** The addresses of a host name, A and AAAA; an error when there are none. */
  readonly resolve: (hostname: string) => Promise<string[]>;
  /** The SRV records of a name, such as `_sip._udp.example.com`; none when there are none. */
  readonly resolveService: (name: string) => Promise<Service[]>;
  /** Looks up the NAPTR records of a domain; none when there are none. */
  readonly resolveWays: (name: string) => Promise<Way[]>;
  /** Connects to 127.0.0.1 of another network namespace; null when programs share this one. */
  readonly reachLocal: ((port: number) => Promise<Socket>) | null;
  readonly newSid: (prefix: SidPrefix) => string;
  /** The server's own address for texts outside of answers. It is known when the server listens. */
  readonly home: { origin: string };
  /** New connections, which long work lets in first. */
  readonly arrivals: Arrivals;
  /** Further data that parts of the product keep in memory for this server. */
  readonly kept: Kept;
  readonly close: () => Promise<void>;
}

/** Replacements for the outside world, and options for opening the data. */
export interface Outside {
  readonly log?: Log;
  readonly now?: () => EpochMs;
  readonly realNow?: () => EpochMs;
  readonly resolve?: (hostname: string) => Promise<string[]>;
  readonly resolveService?: App['resolveService'];
  readonly resolveWays?: App['resolveWays'];
  readonly reachLocal?: App['reachLocal'];
  readonly randomBytes?: (size: number) => Buffer;
  /**
   * The origin of another listener, which hands connections over. The server then does not listen.
   */
  readonly listens_at?: string;
  /** Opens the data read-only, beside a running server. */
  readonly readonly?: boolean;
  /** `false` refuses data that does not exist, instead of making it. */
  readonly make?: boolean;
  /** Brings the written bytes of an open file to the disk; by default `fdatasync`. */
  readonly sync?: Sync;
  /** Ends the process with this status; by default `process.exit`. */
  readonly exit?: (status: number) => void;
}

/** The time that an ending process has to remove itself from the database. */
const LEAVE_MS = 1_000;
/** The exit status after the disk failed to keep written data. */
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
  const { readonly, make, sync } = outside;
  const metrics = new Metrics();
  const arrivals = new Arrivals();
  const settle = () => arrivals.settle();
  const options = { readonly, make, onDiskFailure, metrics, sync, settle };
  const database = await openDatabase(config.data, log, options);
  try {
    const {
      ring: keyRing,
      processId,
      keepAlive,
      leave,
    } = await openKeyRing(config, database, random);
    // Processes with different clocks would disagree about leases and windows.
    const goByDatabase = database.engine === 'postgres' && outside.now === undefined;
    const machine = outside.now ?? (goByDatabase ? steadyTime : Date.now);
    const steady = outside.now ? () => 0 : () => performance.now();
    const clock = new Clock(machine, await readClock(database.db), steady);
    const keepTime = async () => {
      if (goByDatabase) clock.keepTo(await sampleClock(database.db, machine));
    };
    await keepTime();
    const realNow = outside.realNow ?? (() => (goByDatabase ? clock.wall() : Date.now()));
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
      resolveService: outside.resolveService ?? resolveService,
      resolveWays: outside.resolveWays ?? resolveWays,
      reachLocal: outside.reachLocal ?? null,
      newSid: newSidBy(clock, random),
      arrivals,
      kept: new Kept(),
      home: { origin: config.publicUrl ?? `http://localhost:${config.port}` },
      async close() {
        // If this fails, the other processes notice the end a little later by themselves.
        if (!database.writesHang())
          await byDeadline(
            leave().catch(() => {}),
            LEAVE_MS,
            () => {},
          );
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * Real time by the machine's clock at the start of this process, and by its steady clock since. It
 * does not jump when somebody sets the machine's clock.
 */
function steadyTime(): EpochMs {
  return Math.floor(performance.timeOrigin + performance.now());
}

/** Makes SIDs in the order of time. Their time may go back only when the database is emptied. */
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
