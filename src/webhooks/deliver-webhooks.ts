import type { App } from '../app.ts';
import { claimDeliveries } from './claim-deliveries.ts';
import { releaseDeliveries } from './delivery-store.ts';
import { Destinations } from './destinations.ts';
import { recordAttempt } from './record-attempt.ts';
import { sendWebhook } from './send-webhook.ts';
import { type Delivery, isSuccess } from './webhook.ts';
import { measureWebhooks } from './webhook-metrics.ts';

/** Requests under way in this process, to all hosts together. */
const MAX_UNDER_WAY = 256;
/** How long a closing server waits for the receivers that it has called. */
const CLOSING_MS = 4_000;

/** What was done. */
export interface DeliveryCounts {
  /** Requests that were made, or refused by our own rules. */
  readonly tried: number;
  /** Those among them that a receiver accepted. */
  readonly delivered: number;
}

/**
 * Sends the due deliveries of the outbox: docs/contract/webhooks.md, "Order and repeats".
 *
 * Each delivery goes through three steps. It is *claimed*: one deed leases what is due, host by
 * host in turn. It is *sent*, outside of any transaction. It is *recorded*: one deed writes the
 * attempt, and what becomes of the delivery if the lease is still ours. When a worker dies in
 * between, its lease runs out and another one sends again, with the same idempotency token:
 * every webhook is sent at least once.
 */
export class DeliveryWorker {
  readonly #app: App;
  readonly #destinations = new Destinations();
  /** What is being sent, by SID. */
  readonly #sending = new Map<string, Delivery>();
  /** The same, and what is being recorded. */
  readonly #underWay = new Set<Promise<void>>();
  #cursor = '';
  #claiming: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #abandoned = false;
  #tried = 0;
  #delivered = 0;

  constructor(app: App) {
    this.#app = app;
    measureWebhooks(app, {
      destinations: this.#destinations,
      underWay: () => this.#sending.size,
    });
  }

  /**
   * Looks for what is due and starts sending it. The promise resolves when all that may start now
   * has started, and never rejects; each request that ends looks again by itself.
   */
  wake(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#again = true;
    this.#claiming ??= this.#claimAll();
    return this.#claiming;
  }

  /** Sends until nothing is due that may be sent now, and waits for the answers. */
  async deliverDue(): Promise<DeliveryCounts> {
    const before = { tried: this.#tried, delivered: this.#delivered };
    await this.wake();
    while (this.#underWay.size > 0) {
      await Promise.all(this.#underWay);
      await this.wake();
    }
    return { tried: this.#tried - before.tried, delivered: this.#delivered - before.delivered };
  }

  /**
   * Starts nothing more, waits a few seconds for the requests under way, and gives back what is
   * not finished then, so that the next worker need not wait for the lease to end.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#claiming;
    let patience: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, CLOSING_MS);
    });
    await Promise.race([late, Promise.all(this.#underWay)]);
    clearTimeout(patience);
    this.#abandoned = true;
    await this.#release([...this.#sending.values()]);
  }

  async #claimAll(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        const { deliveries, cursor } = await claimDeliveries(this.#app, {
          room: MAX_UNDER_WAY - this.#sending.size,
          cursor: this.#cursor,
          destinations: this.#destinations,
          isUnderWay: (sid) => this.#sending.has(sid),
        });
        this.#cursor = cursor;
        if (this.#stopped) await this.#release(deliveries);
        else for (const delivery of deliveries) this.#start(delivery);
      }
    } catch (err) {
      this.#app.log.warn({ err }, 'the outbox could not be read; it is tried again shortly');
    } finally {
      // In the same turn as the last look at `#again`, so that no nudge falls in between.
      this.#claiming = null;
    }
  }

  #start(delivery: Delivery): void {
    this.#destinations.started(delivery.host);
    this.#sending.set(delivery.sid, delivery);
    const done = this.#deliver(delivery).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  /** Sends and records. It never throws: without a record the lease ends, and it is sent again. */
  async #deliver(delivery: Delivery): Promise<void> {
    const sent = await sendWebhook(this.#app, delivery);
    this.#tried += 1;
    if (isSuccess(sent.outcome)) this.#delivered += 1;
    const recorded = this.#abandoned ? null : recordAttempt(this.#app, delivery, sent);
    this.#destinations.finished(delivery.host, sent.outcome, this.#app.realNow());
    // What is claimed now is queued behind the record and shares its commit.
    void this.wake();
    try {
      await recorded;
    } catch (err) {
      this.#app.log.warn({ err, delivery: delivery.sid }, 'an attempt could not be recorded');
    }
    // Not before it is recorded: a claim that is running sees the row as it was until then.
    this.#sending.delete(delivery.sid);
    // What is to be tried again at once was passed over by the claim above.
    if (!isSuccess(sent.outcome)) void this.wake();
  }

  async #release(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const { database, now, log } = this.#app;
    try {
      await database.write((tx) => releaseDeliveries(tx, deliveries, now()));
    } catch (err) {
      log.warn({ err }, 'deliveries could not be given back; they are sent when their lease ends');
    }
  }
}
