import { handOver } from '../../jobs/hand-over.ts';
import {
  afterDial,
  type CallDial,
  type DialledNumber,
  type DialOutcome,
} from '../../twiml/call-run.ts';
import { type Call, isLive } from '../call.ts';
import { optionsOf } from '../call-options.ts';
import { fetchChildren } from '../call-store.ts';
import { callerOf, makeLeg } from '../dial-leg.ts';
import { isTalkedTo, statusOf } from '../leave-dial.ts';
import { type Begun, beginLive, findWire, type Wire } from './begin-live.ts';
import type { DialLeg, DialledLeg, Dialler, Next, OnLine } from './on-line.ts';

/** A leg of which the call is made. */
interface Made {
  readonly call: Call;
  /** Null: it has no wire, and is a call of its own. */
  readonly wire: Wire | null;
  /** Null beside a wire: it has ended at once. */
  readonly begun: Begun | null;
}

/**
 * The `Dial` of a call on a wire. It makes the calls to the numbers, lets both sides hear each other,
 * and waits until the talk is over. The rows of the legs say what became of them.
 */
export class LiveDial implements Dialler {
  readonly #live: OnLine;
  readonly #verb: CallDial;
  readonly #dialLeg: DialLeg;
  /** The SIDs of all legs, in order. */
  readonly #sids: string[] = [];
  /** The legs on wires here. */
  readonly #legs = new Map<string, DialledLeg>();
  /** The legs that have not ended. */
  readonly #waiting = new Set<string>();
  /** The leg on a wire here that was answered first. */
  #taken: DialledLeg | null = null;
  #over = Promise.withResolvers<void>();

  constructor(live: OnLine, verb: CallDial, dialLeg: DialLeg) {
    this.#live = live;
    this.#verb = verb;
    this.#dialLeg = dialLeg;
  }

  /**
   * Dials, until the talk is over, or until `signal` says that this call ended or does something else.
   * @returns the request of the action, or the next verb; null when the call had ended before
   */
  async run(signal: AbortSignal): Promise<Next> {
    const { numbers, sequential, position } = this.#verb;
    const batches = sequential ? numbers.map((number) => [number]) : [numbers];
    let outcome = await this.#outcome();
    for (const batch of batches) {
      if (!(await this.#begin(batch, signal))) return null;
      await this.#talk(signal);
      outcome = await this.#outcome();
      if (signal.aborted || outcome.status === 'completed') break;
    }
    const isGivenUp = signal.aborted && outcome.status !== 'completed';
    const request = afterDial(this.#verb, isGivenUp ? { ...outcome, status: 'canceled' } : outcome);
    if (request === null) return { position };
    const { url, method, parameters } = request;
    return { url, method, parameters };
  }

  answered(leg: DialledLeg): boolean {
    if (this.#taken !== null) return leg === this.#taken;
    this.#taken = leg;
    for (const other of this.#legs.values()) if (other !== leg) void other.end(null);
    return true;
  }

  connected(leg: DialledLeg): void {
    if (leg === this.#taken) this.#live.leg?.bridge(leg.leg);
  }

  left(leg: DialledLeg): void {
    if (leg === this.#taken) this.#live.leg?.bridge(null);
    this.#leave(leg.call.sid);
  }

  /** Looks at the legs that are not on wires here. */
  async look(): Promise<void> {
    if ([...this.#waiting].every((sid) => this.#legs.has(sid))) return;
    for (const row of await this.#rows()) {
      const isOver = !isLive(row) || optionsOf(row).is_detached;
      if (isOver && !this.#legs.has(row.sid)) this.#leave(row.sid);
    }
  }

  #leave(sid: string): void {
    this.#waiting.delete(sid);
    if (this.#waiting.size === 0 || this.#taken?.call.sid === sid) this.#over.resolve();
  }

  /** Makes and dials the calls to some numbers. @returns false: this call has ended */
  async #begin(numbers: readonly DialledNumber[], signal: AbortSignal): Promise<boolean> {
    const made: Made[] = [];
    const isMade = await this.#live.reports.recordNow(async (act, call) => {
      made.length = 0;
      const caller = await callerOf(act, call, this.#verb);
      for (const number of caller === null ? [] : numbers) {
        const time_limit = Math.ceil(this.#verb.time_limit);
        const rest = { number, time_limit, is_given_up: () => false };
        const leg = caller && { dial: this.#verb, ...rest, ...caller };
        const child = leg && (await makeLeg(act, call, leg, act.now));
        if (!child) continue;
        const wire = await findWire(act.app, act.tx, child);
        const begun = wire && (await beginLive(act, child, wire));
        made.push({ call: child, wire, begun });
        if (begun) await handOver(act, { ...child, kind: 'call' }, begun.next);
      }
      return call;
    });
    if (!isMade) return false;
    this.#over = Promise.withResolvers();
    for (const one of made) this.#follow(one);
    if (this.#waiting.size === 0) this.#over.resolve();
    // The call may have ended meanwhile, and nobody wants the legs any more.
    if (signal.aborted) this.#hangUp();
    return true;
  }

  #follow({ call, wire, begun }: Made): void {
    this.#sids.push(call.sid);
    if (wire && !begun) return;
    this.#waiting.add(call.sid);
    if (!wire || !begun) return;
    const { time_limit: max_seconds } = optionsOf(call);
    const { paid_seconds } = begun;
    const { carrier, way } = wire;
    const dialled = { call, max_seconds, way, paid_seconds, dialler: this };
    this.#legs.set(call.sid, this.#dialLeg(carrier, dialled));
  }

  /** Waits until the legs have ended. Those that are left when the call ends are hung up. */
  async #talk(signal: AbortSignal): Promise<void> {
    const stop = () => this.#over.resolve();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const hush = this.#hearStar();
    await this.#over.promise;
    hush();
    signal.removeEventListener('abort', stop);
    if (!signal.aborted) return;
    this.#live.leg?.bridge(null);
    // The far end of a leg that rings may take long to be quiet. Its call ends with this one.
    const taken = this.#taken?.end(null);
    this.#hangUp();
    await taken;
  }

  /** Lets the caller end the talk by a star, if the document says so. @returns what ends it */
  #hearStar(): () => void {
    const { leg } = this.#live;
    if (!leg || !this.#verb.hangup_on_star) return () => {};
    return leg.listen((key) => void (key === '*' && this.#taken?.end(null)));
  }

  #hangUp(): void {
    for (const leg of this.#legs.values()) void leg.end(null);
  }

  async #rows(): Promise<Call[]> {
    const { app, call } = this.#live;
    const rows = await fetchChildren(app.database.db, call.account_sid, call.sid);
    return rows.filter(({ sid }) => this.#sids.includes(sid));
  }

  async #outcome(): Promise<DialOutcome> {
    const rows = this.#sids.length === 0 ? [] : await this.#rows();
    const connected = rows.find(isTalkedTo);
    if (!connected) {
      const last = rows.toSorted((one, other) => one.date_updated - other.date_updated).at(-1);
      return { status: statusOf(last), call_sid: last?.sid ?? '', duration: 0, bridged: false };
    }
    const { sid: call_sid, duration } = connected;
    // A leg that goes on has left for a document of its own.
    const seconds = duration ?? Math.floor(this.#legs.get(call_sid)?.seconds ?? 0);
    const bridged = optionsOf(connected).is_bridged;
    return { status: 'completed', call_sid, duration: seconds, bridged };
  }
}
