import { once } from 'node:events';
import type { ListenAct, Outcome, SpeakAct, TakeAct } from '../../../src/carriers/line-act.ts';
import { lineUpOf, setLineUp } from '../../../src/carriers/line-up.ts';
import type {
  LegEvents,
  LegWanted,
  LiveLeg,
  VoiceCarrier,
} from '../../../src/carriers/voice-carrier.ts';
import type { TestApp } from '../../support/test-app.ts';

type LineAct = SpeakAct | ListenAct | TakeAct;

/** A leg whose far end a test plays. */
export class ALeg extends EventTarget implements LiveLeg {
  readonly wanted: LegWanted;
  readonly hear: LegEvents;
  isHungUp = false;
  /** The leg that this one hears. */
  bridged: LiveLeg | null = null;
  readonly #listeners = new Set<(key: string) => void>();
  #current: { readonly act: LineAct; readonly done: (outcome: Outcome) => void } | null = null;

  constructor(wanted: LegWanted, hear: LegEvents) {
    super();
    this.wanted = wanted;
    this.hear = hear;
  }

  perform(act: LineAct, signal: AbortSignal): Promise<Outcome> {
    return new Promise((resolve) => {
      const done = (outcome: Outcome) => {
        this.#current = null;
        resolve(outcome);
      };
      this.#current = { act, done };
      signal.addEventListener('abort', () => done({ prompts: [], seconds: 0 }), { once: true });
      this.dispatchEvent(new Event('act'));
    });
  }

  listen(heard: (key: string) => void): () => void {
    this.#listeners.add(heard);
    return () => void this.#listeners.delete(heard);
  }

  /** The far end presses a key beside an act. */
  presses(key: string): void {
    for (const heard of this.#listeners) heard(key);
  }

  bridge(other: LiveLeg | null): void {
    this.bridged = other;
    if (other instanceof ALeg) other.bridged = this;
  }

  hangUp(): void {
    if (this.isHungUp) return;
    this.isHungUp = true;
    queueMicrotask(() => this.hear.ended({ status: 'canceled', detail: null }));
  }

  /** The act that the far end hears now. */
  async heard(): Promise<LineAct> {
    if (!this.#current) await once(this, 'act');
    return this.#current?.act ?? this.heard();
  }

  /** The far end has heard the act, and done this. */
  does(outcome: Partial<Outcome>): void {
    this.#current?.done({ prompts: [], seconds: 0, ...outcome });
  }

  /** The far end hangs up. */
  hangsUp(detail: string | null = null): void {
    this.isHungUp = true;
    this.does({ is_hung_up: true });
    this.hear.ended({ status: 'completed', detail });
  }
}

/** A carrier of calls without a network. A test plays the far ends. */
export class AWire extends EventTarget implements VoiceCarrier {
  readonly name = 'pstn';
  readonly kind = 'test';
  readonly targets = null;
  readonly legs: ALeg[] = [];
  /** The dialogs of dead owners that it ended. */
  readonly adopted: (string | null)[] = [];

  /** The acts of a leg's far end of its own accord. */
  play: (leg: ALeg) => void = () => {};

  dial(wanted: LegWanted, hear: LegEvents): ALeg {
    const leg = new ALeg(wanted, hear);
    this.legs.push(leg);
    queueMicrotask(() => this.play(leg));
    return leg;
  }

  async adopt(dialog: string | null): Promise<void> {
    this.adopted.push(dialog);
  }

  health() {
    return { state: 'up', detail: null, since: null } as const;
  }

  drain(): void {}

  async stop(): Promise<void> {}

  /** The newest leg. */
  get leg(): ALeg {
    const leg = this.legs.at(-1);
    if (!leg) throw new Error('nothing was dialled');
    return leg;
  }
}

/** Lets all calls of a server leave over a wire. */
export function aWire({ app }: Pick<TestApp, 'app'>): AWire {
  const wire = new AWire();
  const { plan, ...lineUp } = lineUpOf(app);
  const calls = { carrier: wire.name, because: 'it is the default' };
  const voices = new Map([[wire.name, wire]]);
  setLineUp(app, { ...lineUp, plan: { ...plan, default: { ...plan.default, calls } }, voices });
  return wire;
}
