import type { App } from '../app.ts';
import { type Claim, LeasedWorker } from '../jobs/leased-worker.ts';
import { claimDeliveries } from './claim-deliveries.ts';
import { Destinations } from './destinations.ts';
import { releaseDeliveries } from './lease-store.ts';
import { recordAttempt } from './record-attempt.ts';
import { sendWebhook } from './send-webhook.ts';
import { type Delivery, isSuccess } from './webhook.ts';
import { measureWebhooks } from './webhook-metrics.ts';

/** Requests in progress in this process, to all hosts together. */
const MAX_UNDER_WAY = 256;

/** The result of a run. */
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
 * attempt and, if the lease is still this worker's, the delivery's new state. When a worker dies
 * before that, its lease runs out, and another worker sends again with the same idempotency token.
 * Every webhook is therefore sent at least once.
 */
export class DeliveryWorker extends LeasedWorker<Delivery> {
  readonly #app: App;
  readonly #destinations = new Destinations();
  #cursor = '';
  #tried = 0;
  #delivered = 0;

  constructor(app: App) {
    super(MAX_UNDER_WAY);
    this.#app = app;
    measureWebhooks(app, {
      destinations: this.#destinations,
      under_way: () => this.underWay,
    });
  }

  /** Sends until nothing is due that may be sent now, and waits for the answers. */
  async deliverDue(): Promise<DeliveryCounts> {
    const before = { tried: this.#tried, delivered: this.#delivered };
    await this.workOff();
    return { tried: this.#tried - before.tried, delivered: this.#delivered - before.delivered };
  }

  protected override async claim(room: number): Promise<Claim<Delivery>> {
    const { deliveries, cursor } = await claimDeliveries(this.#app, {
      room,
      cursor: this.#cursor,
      destinations: this.#destinations,
      isUnderWay: (sid) => this.isUnderWay(sid),
    });
    this.#cursor = cursor;
    // Each delivery that ends looks again by itself.
    return { items: deliveries, is_more: false };
  }

  /** Sends and records. Without a record the lease ends, and it is sent again. */
  protected override async do(delivery: Delivery): Promise<boolean> {
    this.#destinations.started(delivery.host);
    const sent = await sendWebhook(this.#app, delivery);
    this.#tried += 1;
    if (isSuccess(sent.outcome)) this.#delivered += 1;
    const recorded = this.isAbandoned ? null : recordAttempt(this.#app, delivery, sent);
    this.#destinations.finished(delivery.host, sent.outcome, this.#app.realNow());
    // The next claim queues behind the record and shares its commit.
    void this.wake();
    try {
      await recorded;
    } catch (err) {
      this.#app.log.warn({ err, delivery: delivery.sid }, 'an attempt could not be recorded');
    }
    // A delivery that failed was passed over by the claim above, and may be due again at once.
    return !isSuccess(sent.outcome);
  }

  protected override failed(err: unknown): void {
    this.#app.log.warn({ err }, 'the outbox could not be read; it is tried again shortly');
  }

  protected override async giveBack(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const { database, now, log } = this.#app;
    try {
      await database.write((tx) => releaseDeliveries(tx, deliveries, now()));
    } catch (err) {
      log.warn({ err }, 'deliveries could not be given back; they are sent when their lease ends');
    }
  }
}
