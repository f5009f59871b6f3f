import type { Outcome } from '../line-act.ts';
import type { Line } from '../media/media.ts';
import type { SipAgent } from '../sip/agent.ts';
import type { CallEnd } from '../sip/call.ts';
import type { OutgoingCall } from '../sip/outgoing-call.ts';
import type { Hop, SipOutside } from '../sip/outside.ts';
import type { LegEnd, LegEvents, LegWanted, LiveLeg } from '../voice-carrier.ts';
import { leadsOn, statusOf, wordsOf } from './attempt.ts';
import { type CallRequest, requestOf } from './call-request.ts';
import { type CallSound, lineOf, type OpenSound } from './call-sound.ts';
import { NoWay } from './locate.ts';

/** A target of a call, in its turn. */
export interface Turn {
  /** Its `sip:` address. */
  readonly address: string;
  /** Finds its hops. It throws `NoWay`. */
  readonly hops: () => Promise<readonly Hop[]>;
  /** Hears how an attempt ended; null when it was answered. */
  readonly heard: (end: CallEnd | null) => void;
}

export interface LegParts {
  /** The agent; null when its addresses could not be opened. */
  readonly agent: () => Promise<SipAgent | null>;
  readonly outside: SipOutside;
  readonly turns: readonly Turn[];
  readonly routes: readonly string[];
  /** The host in From. */
  readonly domain: () => string;
  readonly try_ms: number;
  readonly openSound: OpenSound;
  /** Tells of a defect of this program. */
  readonly broken: (error: unknown) => void;
  readonly gone: () => void;
}

/** An attempt that was not answered. */
interface Failure {
  readonly address: string;
  readonly end: CallEnd;
}

/** A call over SIP: its targets one after the other, until one answers. */
export class SipLeg implements LiveLeg {
  readonly #wanted: LegWanted;
  readonly #hear: LegEvents;
  readonly #parts: LegParts;
  #state: 'trying' | 'answered' | 'ended' = 'trying';
  #call: OutgoingCall | null = null;
  #sound: CallSound | null = null;
  /** The host that the call is made with. */
  #peer = '';
  #is_ringing = false;
  #is_far_end = false;
  /** The end that this side wishes; null: none. */
  #wish: 'canceled' | 'no-answer' | 'failed' | null = null;
  /** The reason why the sound ended the call; null: it did not. */
  #failure: string | null = null;

  constructor(wanted: LegWanted, hear: LegEvents, parts: LegParts) {
    this.#wanted = wanted;
    this.#hear = hear;
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const ring_ms = this.#wanted.timeout * 1_000;
    const cancelRing = this.#parts.outside.after(ring_ms, () => this.#giveUp('no-answer'));
    try {
      await this.#tryAll();
    } catch (error) {
      this.#parts.broken(error);
      this.#end('failed', 'The server could not make this call.');
    } finally {
      cancelRing();
    }
  }

  async perform(act: Parameters<LiveLeg['perform']>[0], signal: AbortSignal): Promise<Outcome> {
    if (this.#state !== 'answered' || !this.#sound) return { prompts: [], seconds: 0 };
    const outcome = await this.#sound.perform(act, signal);
    return this.#is_far_end ? { ...outcome, is_hung_up: true } : outcome;
  }

  get line(): Line | null {
    return this.#sound?.line ?? null;
  }

  bridge(other: LiveLeg | null): void {
    this.line?.bridge(lineOf(other));
  }

  listen(heard: (key: string) => void): () => void {
    return this.#sound?.keys.listen(heard) ?? (() => {});
  }

  hangUp(): void {
    if (this.#state === 'answered') this.#call?.hangUp();
    else this.#giveUp('canceled');
  }

  /** The sound has failed, so the call ends. */
  #fail(reason: string): void {
    this.#failure ??= reason;
    if (this.#state === 'answered') this.#call?.hangUp();
    else this.#giveUp('failed');
  }

  #giveUp(wish: 'canceled' | 'no-answer' | 'failed'): void {
    if (this.#state !== 'trying') return;
    this.#wish ??= wish;
    this.#call?.hangUp();
  }

  async #tryAll(): Promise<void> {
    const { turns } = this.#parts;
    const agent = await this.#parts.agent();
    if (!agent) return this.#end('failed', 'The carrier is down; its operator sees the reason.');
    if (turns.length === 0) {
      this.#note(32010, 'There is no target to call; give the policy of the trunk an enabled one.');
      return this.#end('failed', null);
    }
    this.#sound = await this.#parts.openSound(agent.address.host, (reason) => this.#fail(reason));
    let last: Failure | null = null;
    for (const turn of turns) {
      if (this.#wish) break;
      last = await this.#tryTurn(agent, turn, last);
      if (this.#state !== 'trying') return;
      if (last && !leadsOn(last.end, this.#progress)) break;
    }
    this.#endUnanswered(last);
  }

  /** Tries the hops of one target. @returns the last failure */
  async #tryTurn(agent: SipAgent, turn: Turn, before: Failure | null): Promise<Failure | null> {
    const { address } = turn;
    const found = await hopsOf(turn);
    if ('why' in found) {
      turn.heard(found);
      this.#noteFailure({ address, end: found });
      return { address, end: found };
    }
    const request = requestOf(this.#wanted, address, this.#parts.domain());
    for (const message of request.notes) this.#hear.note({ kind: 'note', detail: { message } });
    let last = before;
    for (const hop of found.hops) {
      if (this.#wish) break;
      const end = await this.#attempt(agent, request, hop);
      turn.heard(end);
      if (end === null) return null;
      last = { address, end };
      if (!leadsOn(end, this.#progress)) break;
      this.#noteFailure(last);
    }
    return last;
  }

  /** Makes one call. @returns its end; null when it was answered */
  #attempt(agent: SipAgent, request: CallRequest, hop: Hop): Promise<CallEnd | null> {
    const { routes, try_ms } = this.#parts;
    const { credentials, call_sid: user } = this.#wanted;
    const { uri, from, headers } = request;
    const wanted = { uri, from, headers, user, hop, routes, credentials, try_ms };
    const { promise, resolve } = Promise.withResolvers<CallEnd | null>();
    const media = {
      offer: () => this.#sound?.offer() ?? null,
      answer: (offer: Buffer) => this.#sound?.answer(offer) ?? null,
    };
    this.#peer = hop.address;
    this.#call = agent.call(wanted, media, {
      progress: (status, sdp) => this.#progressed(status, sdp),
      key: (key) => this.#sound?.keys.press(key, 'info'),
      answered: (sdp) => {
        this.#answered(sdp);
        resolve(null);
      },
      ended: (end) => {
        if (this.#state === 'answered') this.#hungUp(end);
        else resolve(end);
      },
    });
    if (!this.#call) {
      const reason = 'The carrier has as many calls as it may have';
      resolve({ why: 'transport', status: null, reason });
    }
    return promise;
  }

  get #progress() {
    return { is_ringing: this.#is_ringing };
  }

  #progressed(status: number, sdp: Buffer | null): void {
    if (this.#state !== 'trying' || (status < 180 && !sdp)) return;
    if (sdp) void this.#hearSound(sdp);
    if (this.#is_ringing) return;
    this.#is_ringing = true;
    this.#hear.ringing();
  }

  #answered(sdp: Buffer | null): void {
    const dialog = this.#call?.dialog;
    this.#state = 'answered';
    this.#hear.answered(JSON.stringify(dialog));
    if (sdp) void this.#hearSound(sdp);
    else this.#noteSilence('The far side answered without a description of sound');
  }

  async #hearSound(sdp: Buffer): Promise<void> {
    const problem = (await this.#sound?.agreed(sdp, this.#peer)) ?? null;
    if (problem !== null) this.#noteSilence(problem);
  }

  #noteSilence(why: string): void {
    if (this.#state === 'ended') return;
    this.#hear.note({ kind: 'note', detail: { message: `${why}, so the call has no sound.` } });
  }

  #hungUp({ why, reason }: CallEnd): void {
    this.#is_far_end = why === 'far-side';
    const detail = this.#is_far_end && reason !== null ? `The far side hung up: ${reason}` : null;
    this.#end('completed', detail ?? this.#failure);
  }

  #endUnanswered(last: Failure | null): void {
    if (this.#wish) return this.#end(this.#wish, this.#failure);
    if (!last) return this.#end('failed', null);
    const { address, end } = last;
    if (leadsOn(end, this.#progress)) {
      this.#note(32400, 'No target took the call.');
      return this.#end(statusOf(end, this.#progress), null);
    }
    this.#end(statusOf(end, this.#progress), `${address} ${wordsOf(end)}.`);
  }

  #end(status: LegEnd['status'], detail: string | null): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#sound?.close();
    this.#hear.ended({ status, detail });
    this.#parts.gone();
  }

  #noteFailure({ address, end }: Failure): void {
    this.#note(32011, `${address} ${wordsOf(end)}.`);
  }

  #note(code: number, message: string): void {
    this.#hear.note({ kind: 'note', detail: { code, message } });
  }
}

/** The hops of a target, or the reason why it has none. */
export async function hopsOf(
  turn: Pick<Turn, 'hops'>,
): Promise<{ readonly hops: readonly Hop[] } | CallEnd> {
  try {
    return { hops: await turn.hops() };
  } catch (error) {
    if (!(error instanceof NoWay)) throw error;
    return { why: 'transport', status: null, reason: error.message };
  }
}
