import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import { forgetPlaces } from './access/credential-places.ts';
import type { App } from './app.ts';
import { tellRepeated } from './audit/repeated-events.ts';
import { pruneSecurityEvents } from './audit/security-event.ts';
import { forgetInteractions } from './consent/forget-interactions.ts';
import { followClock } from './control/follow-clock.ts';
import { forgetIdempotencyKeys } from './http/api/idempotency.ts';
import { onHandOver } from './jobs/hand-over.ts';
import { TaskWorker } from './jobs/task-worker.ts';
import { forgetSignIns } from './people/forget-sign-ins.ts';
import { SIMULATED_CARRIER } from './simulator/simulated-carrier.ts';
import { forgetCookies } from './twiml/keep-cookies.ts';
import { pruneFires } from './usage/prune-fires.ts';
import { DeliveryWorker } from './webhooks/deliver-webhooks.ts';
import { pruneDeliveries } from './webhooks/prune-deliveries.ts';
import { settleWith } from './webhooks/settle-deliveries.ts';
import { onWebhookWaiting } from './webhooks/webhook-nudge.ts';

/**
 * How often the outbox is looked into, for retries and for what other processes enqueued, and
 * the clock, which another process may have moved.
 */
const POLL_MS = 1_000;
/** After so long a shortage that goes on is told again. */
const NOTICE_MS = 60_000;
const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);
/** How often a process says that it lives, of the three times before it counts as gone. */
const SIGN_MS = 5_000;
const SWEEP_MS = 10 * 60 * 1_000;

/** What deletes rows that have expired. Each takes little at a time, and may run at any time. */
const SWEEPS: readonly ((app: App) => Promise<void>)[] = [
  pruneDeliveries,
  pruneFires,
  forgetSignIns,
  forgetInteractions,
  forgetIdempotencyKeys,
  forgetCookies,
  pruneSecurityEvents,
  forgetPlaces,
];

/** What runs beside the requests. */
export interface Workers {
  /** Finishes or gives back what is under way; at most a few seconds. */
  stop(): Promise<void>;
}

/** Starts what runs in the background of a server. No timer keeps the process alive. */
export function startWorkers(app: App): Workers {
  const deliveries = new DeliveryWorker(app);
  onWebhookWaiting(app, () => void deliveries.wake());
  const carrier = new TaskWorker(app, SIMULATED_CARRIER);
  onHandOver(app, () => void carrier.wake());
  const settler = {
    async deliverDue() {
      await carrier.workOff();
      return deliveries.deliverDue();
    },
  };
  settleWith(app, settler);
  let looking: Promise<unknown> | null = null;
  const noticeShortage = shortageNotice(app);
  const look = async () => {
    await noticeShortage();
    tellRepeated(app);
    await followClock(app);
    await Promise.all([carrier.wake(), deliveries.wake()]);
  };
  // A look at a database that does not answer is not joined by others.
  const poll = setInterval(() => {
    looking ??= look().finally(() => {
      looking = null;
    });
  }, POLL_MS).unref();
  let telling: Promise<unknown> | null = null;
  const sign = setInterval(() => {
    telling ??= giveSign(app).finally(() => {
      telling = null;
    });
  }, SIGN_MS).unref();
  let sweeping: Promise<void> | null = null;
  const sweep = setInterval(() => {
    sweeping ??= sweepAll(app).finally(() => {
      sweeping = null;
    });
  }, SWEEP_MS).unref();
  void carrier.wake();
  void deliveries.wake();
  return {
    async stop() {
      clearInterval(poll);
      clearInterval(sweep);
      clearInterval(sign);
      onWebhookWaiting(app, null);
      onHandOver(app, null);
      settleWith(app, null);
      tellRepeated(app, true);
      await Promise.all([carrier.stop(), deliveries.stop(), sweeping, telling]);
    },
  };
}

/**
 * Tells the others that this process lives, and says so in the log when another key seals from now
 * on. A database that cannot be reached is told a little later.
 */
async function giveSign({ keepAlive, keyRing, log }: App): Promise<void> {
  const before = keyRing.currentKeyId;
  try {
    await keepAlive();
  } catch (err) {
    log.debug({ err }, 'no sign of life could be given');
  }
  const key = keyRing.currentKeyId;
  if (key !== before) log.info({ key, before }, 'another secret key seals from now on');
}

/**
 * Says so in the log, once a minute at most, when no file descriptor is left: connections are then
 * closed as they come, and Node tells nobody.
 */
function shortageNotice({ log, realNow }: App): () => Promise<void> {
  let silentUntil = 0;
  return async () => {
    try {
      await (await open(devNull)).close();
    } catch (err) {
      if (!SHORTAGES.has((err as { code?: string }).code ?? '') || realNow() < silentUntil) return;
      silentUntil = realNow() + NOTICE_MS;
      log.error({ err }, 'no file descriptor is left; raise the limit (ulimit -n, LimitNOFILE)');
    }
  };
}

/** Runs every sweep; one that fails keeps none of the others from running. */
export async function sweepAll(app: App): Promise<void> {
  for (const sweep of SWEEPS) {
    try {
      await sweep(app);
    } catch (err) {
      app.log.warn({ err }, 'expired rows could not be deleted; they are tried again later');
    }
  }
}
