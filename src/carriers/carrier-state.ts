import type { CarrierOutside } from './carrier-kind.ts';
import type { Health, Submitted } from './message-carrier.ts';

/** The health of a carrier that is called over HTTP, and its submissions under way. */
export class CarrierState {
  readonly #name: string;
  readonly #outside: Pick<CarrierOutside, 'log' | 'realNow'>;
  #health: Health = { state: 'unknown', detail: null, since: null };
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(name: string, outside: Pick<CarrierOutside, 'log' | 'realNow'>) {
    this.#name = name;
    this.#outside = outside;
  }

  get health(): Health {
    return this.#health;
  }

  note(state: Health['state'], detail: string | null): void {
    if (this.#health.state === state) return;
    this.#health = { state, detail, since: this.#outside.realNow() };
    const told = { carrier: this.#name, state, detail };
    this.#outside.log.info(told, 'the state of a carrier changed');
  }

  submitting(submission: Promise<Submitted>): Promise<Submitted> {
    this.#underWay.add(submission);
    return submission.finally(() => this.#underWay.delete(submission));
  }

  /** Waits for the submissions under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }
}
