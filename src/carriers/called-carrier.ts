import { DOWN_MS, type Reply } from './call-out.ts';
import type { CarrierOutside } from './carrier-kind.ts';
import type { Health, MessageCarrier, OutMessage, Probe, Submitted } from './message-carrier.ts';

/** A carrier that is called over HTTP: its health, and its submissions under way. */
export abstract class CalledCarrier<Settings> implements MessageCarrier {
  abstract readonly kind: string;
  readonly name: string;
  protected readonly settings: Settings;
  protected readonly outside: CarrierOutside;
  #health: Health = { state: 'unknown', detail: null, since: null };
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(name: string, settings: Settings, outside: CarrierOutside) {
    this.name = name;
    this.settings = settings;
    this.outside = outside;
  }

  abstract probe(): Promise<Probe>;

  /** Makes the one request of a submission. */
  protected abstract send(message: OutMessage): Promise<Submitted>;

  submit(message: OutMessage): Promise<Submitted> {
    const submission = this.send(message);
    this.#underWay.add(submission);
    return submission.finally(() => this.#underWay.delete(submission));
  }

  health(): Health {
    return this.#health;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  protected note(state: Health['state'], detail: string | null): void {
    if (this.#health.state === state) return;
    const { log, realNow } = this.outside;
    this.#health = { state, detail, since: realNow() };
    log.info({ carrier: this.name, state, detail }, 'the state of a carrier changed');
  }

  /** The fate of a message whose submission had no answer. */
  protected unanswered({ has_left, problem }: Extract<Reply, { status: null }>): Submitted {
    this.note('down', problem);
    if (has_left) return { is: 'unknown', detail: problem };
    return { is: 'later', retry_ms: DOWN_MS, detail: problem };
  }
}
