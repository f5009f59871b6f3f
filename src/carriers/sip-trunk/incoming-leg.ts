import type { Outcome } from '../line-act.ts';
import type { Line } from '../media/media.ts';
import type { CallEnd } from '../sip/call.ts';
import { header } from '../sip/headers.ts';
import type { IncomingCall } from '../sip/incoming-call.ts';
import type { ComingLeg, LegEnd, LegEvents, LiveLeg } from '../voice-carrier.ts';
import { type CallSound, lineOf, type OpenSound } from './call-sound.ts';

/** The answers to a caller whose call is not taken. */
const REFUSALS = { busy: 486, rejected: 603, unavailable: 480 } as const;
const STATUSES = { busy: 'busy', rejected: 'no-answer', unavailable: 'failed' } as const;

/** The reason of a BYE by a server that stops (RFC 3326). */
const CLOSING = header('Reason', 'SIP;cause=503;text="The server stops"');

interface Parts {
  readonly call: IncomingCall;
  /** The address that others reach. */
  readonly address: string;
  readonly openSound: OpenSound;
  /** Whether the server stops. */
  readonly isClosing: () => boolean;
  readonly gone: () => void;
}

/** A call that came in over SIP. */
export class IncomingLeg implements ComingLeg {
  readonly #call: IncomingCall;
  readonly #isClosing: () => boolean;
  readonly #gone: () => void;
  readonly #peer: string;
  #sound: CallSound | null = null;
  #hear: LegEvents | null = null;
  #state: 'ringing' | 'answered' | 'ended' = 'ringing';
  /** How it ended; null while it goes on. */
  #ended: LegEnd | null = null;
  #is_far_end = false;
  #refused: keyof typeof REFUSALS | null = null;
  /** The reason why the sound ended the call; null: it did not. */
  #failure: string | null = null;
  readonly #settled = Promise.withResolvers<void>();

  private constructor({ call, gone, isClosing }: Parts) {
    this.#isClosing = isClosing;
    this.#call = call;
    this.#gone = gone;
    this.#peer = call.source.address;
  }

  static async open(parts: Parts): Promise<IncomingLeg> {
    const leg = new IncomingLeg(parts);
    const { call, address, openSound } = parts;
    const sound = await openSound(address, (reason) => leg.#fail(reason));
    leg.#sound = sound;
    call.follow(
      {
        acknowledged: (sdp) => leg.#answered(sdp),
        key: (key) => sound.keys.press(key, 'info'),
        ended: (end) => leg.#end(end),
      },
      { offer: () => sound.offer(), answer: (offer) => sound.answer(offer, leg.#peer) },
    );
    return leg;
  }

  get dialog(): string {
    return JSON.stringify(this.#call.dialog);
  }

  get line(): Line | null {
    return this.#sound?.line ?? null;
  }

  begin(hear: LegEvents): void {
    this.#hear = hear;
    const end = this.#ended;
    if (end) setImmediate(() => hear.ended(end));
    else this.#call.tell(180);
  }

  answer(): Promise<void> {
    this.#call.accept();
    return this.#settled.promise;
  }

  reject(reason: keyof typeof REFUSALS): void {
    this.#refused ??= reason;
    this.#call.reject(REFUSALS[reason]);
  }

  async perform(act: Parameters<LiveLeg['perform']>[0], signal: AbortSignal): Promise<Outcome> {
    if (this.#state !== 'answered' || !this.#sound) return { prompts: [], seconds: 0 };
    const outcome = await this.#sound.perform(act, signal);
    return this.#is_far_end ? { ...outcome, is_hung_up: true } : outcome;
  }

  listen(heard: (key: string) => void): () => void {
    return this.#sound?.keys.listen(heard) ?? (() => {});
  }

  bridge(other: LiveLeg | null): void {
    this.line?.bridge(lineOf(other));
  }

  hangUp(): void {
    this.#call.hangUp(this.#isClosing() ? [CLOSING] : []);
    this.#call.reject(REFUSALS.unavailable);
  }

  #fail(reason: string): void {
    this.#failure ??= reason;
    this.hangUp();
  }

  #answered(sdp: Buffer | null): void {
    if (this.#state !== 'ringing') return;
    this.#state = 'answered';
    this.#hear?.answered(this.dialog);
    this.#settled.resolve();
    if (sdp) void this.#hearSound(sdp);
  }

  async #hearSound(sdp: Buffer): Promise<void> {
    const problem = await this.#sound?.agreed(sdp, this.#peer);
    if (!problem || this.#state === 'ended') return;
    this.#hear?.note({
      kind: 'note',
      detail: { message: `${problem}, so the call has no sound.` },
    });
  }

  #end(end: CallEnd): void {
    if (this.#state === 'ended') return;
    const wasAnswered = this.#state === 'answered';
    this.#state = 'ended';
    this.#is_far_end = end.why === 'far-side';
    this.#sound?.close();
    this.#settled.resolve();
    this.#ended = wasAnswered ? this.#endOf(end) : this.#unanswered(end);
    this.#hear?.ended(this.#ended);
    this.#gone();
  }

  #endOf({ reason }: CallEnd): LegEnd {
    const isTold = this.#is_far_end && reason !== null;
    return {
      status: 'completed',
      detail: isTold ? `The far side hung up: ${reason}` : this.#failure,
    };
  }

  #unanswered({ why, status, reason }: CallEnd): LegEnd {
    if (why === 'canceled' || why === 'far-side') {
      const detail = reason === null ? 'The caller hung up.' : `The caller hung up: ${reason}`;
      return { status: 'no-answer', detail };
    }
    if (why === 'timeout') return { status: 'failed', detail: `${reason ?? 'Nothing came'}.` };
    const isUnfit = status === 488 && this.#refused === null;
    const detail = isUnfit ? 'The caller offers no G.711 over plain RTP.' : this.#failure;
    const wish = this.#refused === null ? 'failed' : STATUSES[this.#refused];
    return { status: wish, detail };
  }
}
