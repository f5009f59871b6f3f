import type { App } from '../../app.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import type { ComingLeg, VoiceCarrier } from '../../carriers/voice-carrier.ts';
import { readStep } from '../../jobs/step.ts';
import { Slot } from '../../kit/kept.ts';
import { optionsOf } from '../call-options.ts';
import { CALL_STEPS } from '../call-step.ts';
import { endLost } from './end-lost.ts';
import { DEAD_MS, forgetOwners, listLostLegs, listOwnedLegs, writeOwner } from './leg-store.ts';
import { LiveCall } from './live-call.ts';
import type { Arrived, Dialled } from './on-line.ts';

/** The pause between two signs of life of a process that holds legs. */
const SIGN_MS = 5_000;
/** The lost legs that are ended at a time. */
const LOST_AT_ONCE = 50;
/** The longest wait for the ends of calls when the server stops. */
const STOP_MS = 5_000;

const LEGS = new Slot<OwnLegs | null>(() => null);

/** The legs of this server. */
export function legsOf(app: App): OwnLegs {
  const legs = app.kept.get(LEGS) ?? new OwnLegs(app);
  app.kept.set(LEGS, legs);
  return legs;
}

/** The legs whose dialogs are in the sockets of this process. */
export class OwnLegs {
  readonly #app: App;
  readonly #calls = new Map<string, LiveCall>();
  #signed_at = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;
  #isAgain = false;

  constructor(app: App) {
    this.#app = app;
  }

  /** Dials a call whose leg is in the database. */
  dial(carrier: VoiceCarrier, dialled: Dialled): LiveCall {
    const live = this.#add(dialled);
    live.begin(carrier);
    return live;
  }

  /** Takes a call that came in, and whose leg is in the database. */
  take(leg: ComingLeg, { source, ...arrived }: Arrived): void {
    const { time_limit: max_seconds } = optionsOf(arrived.call);
    const way = { targets: null, credentials: null };
    this.#add({ ...arrived, max_seconds, way, dialler: null }).take(leg, source);
  }

  #add(dialled: Dialled): LiveCall {
    const { call } = dialled;
    const live = new LiveCall({
      app: this.#app,
      ...dialled,
      dialLeg: (by, leg) => this.dial(by, leg),
      gone: () => void this.#calls.delete(call.sid),
    });
    this.#calls.set(call.sid, live);
    return live;
  }

  /** Writes a sign of life, unless the last one is young. */
  async giveSign(): Promise<void> {
    const { database, realNow, processId } = this.#app;
    const now = realNow();
    if (now - this.#signed_at < SIGN_MS) return;
    await database.write(async (tx) => {
      await writeOwner(tx, processId, now);
      await forgetOwners(tx, now - DEAD_MS);
    });
    this.#signed_at = now;
  }

  /**
   * Looks after the legs: gives the sign of life, hangs up calls that have ended, takes new
   * documents, and ends the calls of dead owners. A look that is asked for meanwhile follows.
   */
  look(): Promise<void> {
    if (this.#looking) this.#isAgain = true;
    this.#looking ??= this.#lookAll().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookAll(): Promise<void> {
    do {
      this.#isAgain = false;
      try {
        if (this.#calls.size > 0) await this.giveSign();
        await this.#lookAtOwn();
        await this.#endLost();
      } catch (err) {
        this.#app.log.warn(
          { err },
          'the legs of calls could not be read; it is tried again shortly',
        );
      }
    } while (this.#isAgain);
  }

  async #lookAtOwn(): Promise<void> {
    if (this.#calls.size === 0) return;
    const { database, processId } = this.#app;
    const before = new Set(this.#calls.keys());
    // A deed may nudge before its commit. This write follows it, so it sees the change.
    const owned = await database.write((tx) => listOwnedLegs(tx, processId));
    const steps = new Map(owned.map(({ call_sid, task }) => [call_sid, task]));
    for (const sid of before) {
      const task = steps.get(sid) ?? null;
      const step = task && readStep(CALL_STEPS, task.step);
      const call = this.#calls.get(sid);
      if (step?.name !== 'live') call?.drop();
      else {
        call?.limitTime(step.state.max_seconds);
        if (step.wish) await call?.redirect(step.wish);
        await call?.look();
      }
    }
  }

  async #endLost(): Promise<void> {
    const app = this.#app;
    const { voices } = lineUpOf(app);
    const since = app.realNow() - DEAD_MS;
    const by = { owner: app.processId, since, limit: LOST_AT_ONCE };
    for (const lost of await listLostLegs(app.database.db, by)) {
      await endLost(app, lost, voices.get(lost.carrier) ?? null);
    }
  }

  /** Lets no more calls in, hangs up every call, and waits a few seconds for their ends. */
  async stop(): Promise<void> {
    for (const voice of lineUpOf(this.#app).voices.values()) voice.drain();
    const ends = [...this.#calls.values()].map((call) => call.end('The server stops.'));
    const timeUp = new Promise<void>((resolve) => {
      setTimeout(resolve, STOP_MS).unref();
    });
    await Promise.race([Promise.all(ends), timeUp]);
  }
}
