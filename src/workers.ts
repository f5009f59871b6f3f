import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import { forgetPlaces } from './access/credential-places.ts';
import type { App } from './app.ts';
import { tellRepeated } from './audit/repeated-events.ts';
import { pruneSecurityEvents } from './audit/security-event.ts';
import { carryCall } from './calls/carry-call.ts';
import { finishDetection } from './calls/detect-machine.ts';
import { onLegsNudged } from './calls/live/nudge-legs.ts';
import { legsOf } from './calls/live/own-legs.ts';
import type { CallCarrier } from './carrier/carrier.ts';
import { catchUp } from './carriers/line-up.ts';
import { forgetInteractions } from './consent/forget-interactions.ts';
import { followClock } from './control/follow-clock.ts';
import { forgetIdempotencyKeys } from './http/api/idempotency.ts';
import { onHandOver } from './jobs/hand-over.ts';
import { type TaskHandlers, TaskWorker } from './jobs/task-worker.ts';
import { applyRetention } from './lifecycle/apply-retention.ts';
import { endGrant } from './lifecycle/end-grant.ts';
import { carryMessage } from './messages/carry-message.ts';
import { askCost } from './messages/wire/ask-cost.ts';
import { rentNumber } from './numbers/rent-number.ts';
import { forgetSignIns } from './people/forget-sign-ins.ts';
import { finishTranscription } from './recordings/finish-transcription.ts';
import { SIMULATED_CALLS } from './simulator/simulated-calls.ts';
import { simulatedText } from './simulator/simulated-transcriber.ts';
import { forgetCookies } from './twiml/keep-cookies.ts';
import { pruneFires } from './usage/prune-fires.ts';
import { LOOK_MS, watchTargets } from './voice/watch-targets.ts';
import { DeliveryWorker } from './webhooks/deliver-webhooks.ts';
import { pruneDeliveries } from './webhooks/prune-deliveries.ts';
import { settleWith } from './webhooks/settle-deliveries.ts';
import { onWebhookWaiting } from './webhooks/webhook-nudge.ts';

/**
 * The pause between two looks at the outbox, the inbox and the clock. Retries fall due without a
 * notice, and other processes may enqueue rows or move the clock.
 */
const POLL_MS = 1_000;
/** A lasting shortage is reported again after this time. */
const NOTICE_MS = 60_000;
const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);
/** The pause between two signs of life. After three missing ones a process counts as dead. */
const SIGN_MS = 5_000;
const SWEEP_MS = 10 * 60 * 1_000;

/**
 * The functions that delete expired rows, each a few at a time, and the one that looks for messages
 * which no server heard. They may run at any time.
 */
const SWEEPS: readonly ((app: App) => Promise<void>)[] = [
  pruneDeliveries,
  pruneFires,
  forgetSignIns,
  forgetInteractions,
  forgetIdempotencyKeys,
  forgetCookies,
  pruneSecurityEvents,
  forgetPlaces,
  applyRetention,
  catchUp,
];

/** The work of each kind of task. A message finds its carrier itself, by `carriers/choose.ts`. */
export function handlersOver(calls: CallCarrier): TaskHandlers {
  return {
    message: carryMessage,
    cost: askCost,
    call: async (app, task) => void (await carryCall({ app, task, carrier: calls })),
    detection: (app, task) => finishDetection({ app, task, carrier: calls }),
    // The product's own jobs, which no carrier knows.
    number: rentNumber,
    grant: endGrant,
    transcription: (app, task) => finishTranscription(app, task, simulatedText),
  };
}

export const TASK_HANDLERS = handlersOver(SIMULATED_CALLS);

/** The background work of a server. */
export interface Workers {
  /** Finishes or gives back running work, within a few seconds. */
  stop(): Promise<void>;
}

/** Starts the background work of a server. No timer keeps the process alive. */
export function startWorkers(app: App): Workers {
  const deliveries = new DeliveryWorker(app);
  onWebhookWaiting(app, () => void deliveries.wake());
  const carrier = new TaskWorker(app, TASK_HANDLERS);
  onHandOver(app, () => void carrier.wake());
  const legs = legsOf(app);
  onLegsNudged(app, () => void legs.look());
  const settler = {
    async deliverDue() {
      await carrier.workOff();
      return deliveries.deliverDue();
    },
  };
  settleWith(app, settler);
  const noticeShortage = shortageNotice(app);
  const poll = every(POLL_MS, async () => {
    await noticeShortage();
    tellRepeated(app);
    await followClock(app);
    await Promise.all([carrier.wake(), deliveries.wake(), legs.look()]);
  });
  const sign = every(SIGN_MS, () => giveSign(app));
  const sweep = every(SWEEP_MS, () => sweepAll(app));
  const targets = every(LOOK_MS, () => watchTargets(app));
  targets.now();
  void carrier.wake();
  void deliveries.wake();
  void catchUp(app);
  return {
    async stop() {
      void poll.stop();
      const others = [sweep.stop(), sign.stop(), targets.stop()];
      onWebhookWaiting(app, null);
      onHandOver(app, null);
      await legs.stop();
      onLegsNudged(app, null);
      settleWith(app, null);
      tellRepeated(app, { now: true });
      await Promise.all([carrier.stop(), deliveries.stop(), ...others]);
    },
  };
}

/** Does something again and again. No second run starts while the first is under way. */
function every(ms: number, work: () => Promise<unknown>) {
  let running: Promise<unknown> | null = null;
  const now = () => {
    running ??= work().finally(() => {
      running = null;
    });
  };
  const timer = setInterval(now, ms).unref();
  return {
    now,
    /** Resolves when the run under way is over. */
    async stop(): Promise<void> {
      clearInterval(timer);
      await running;
    },
  };
}

/**
 * Writes a sign of life, and logs when another key seals from now on. If the database cannot be
 * reached, the next call tries again.
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
 * Logs, once a minute at most, that no file descriptor is left. New connections are then closed at
 * once, and Node reports nothing.
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

/** Runs every sweep. A sweep that fails does not keep the others from running. */
export async function sweepAll(app: App): Promise<void> {
  for (const sweep of SWEEPS) {
    try {
      await sweep(app);
    } catch (err) {
      app.log.warn({ err }, 'expired rows could not be deleted; they are tried again later');
    }
  }
}
