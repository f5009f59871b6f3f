import type { Duplex } from 'node:stream';
import { Bucket } from './bucket.ts';
import { LINK, type SmppOutside, type SmppSettings } from './outside.ts';
import type { Pdu } from './pdu.ts';
import { submittedRef } from './receipt.ts';
import { Session } from './session.ts';
import { type SmppErrorCode, STATUS, statusName, verdictOf } from './statuses.ts';

/** The fate of one submitted part. `later` says that the carrier has nothing of it. */
export type PartFate =
  | { readonly is: 'accepted'; readonly ref: string | null }
  | { readonly is: 'refused'; readonly code: SmppErrorCode; readonly detail: string }
  | { readonly is: 'later'; readonly retry_ms: number; readonly detail: string }
  | { readonly is: 'unknown'; readonly detail: string };

export interface LinkEvents {
  /** A message or a receipt; resolves with the status for the carrier, after it is durable. */
  deliver(pdu: Pdu): Promise<number>;
  /** The link came up or went down, for the log. */
  changed(isUp: boolean, detail: string): void;
}

interface Submission {
  readonly body: Partial<Pdu>;
  readonly settle: (fate: PartFate) => void;
  readonly late: (fate: PartFate) => void;
}

/** The wait after an error of the centre that throttles nothing. */
const SYSTEM_RETRY_MS = 10_000;
/** A link that was up this long begins anew with short waits. */
const STEADY_MS = 30_000;
/** Refused binds that another attempt soon after would only repeat: name, password, account. */
const REFUSED_BINDS: ReadonlySet<number> = new Set([0x0d, 0x0e, 0x0f]);

/** A link to one centre: it connects by itself until it is stopped, and submits at most once. */
export class SmppLink {
  readonly #settings: SmppSettings;
  readonly #outside: SmppOutside;
  readonly #events: LinkEvents;
  readonly #bucket: Bucket;
  readonly #queue: Submission[] = [];
  #session: Session | null = null;
  #unanswered = 0;
  #attempts = 0;
  #throttles = 0;
  #pausedUntil = 0;
  #retryAt = 0;
  #boundAt: number | null = null;
  #isStopped = false;
  #detail = 'The link is connecting';
  #cancelRetry: () => void = () => {};
  #cancelPump: (() => void) | null = null;
  #whenQuiet: (() => void) | null = null;

  constructor(settings: SmppSettings, outside: SmppOutside, events: LinkEvents) {
    this.#settings = settings;
    this.#outside = outside;
    this.#events = events;
    this.#bucket = new Bucket(settings.rate, outside.now());
    void this.#connect();
  }

  health() {
    const isUp = this.#session?.isBound ?? false;
    const isThrottled = this.#outside.now() < this.#pausedUntil;
    return {
      state: isUp ? (isThrottled ? 'throttled' : 'up') : 'down',
      detail: this.#detail,
      waiting: this.#queue.length,
      unanswered: this.#unanswered,
      rate: this.#bucket.rate,
    } as const;
  }

  /**
   * Submits one part once. `late` hears the answer of a part whose fate was `unknown`.
   * The promise never rejects.
   */
  submit(body: Partial<Pdu>, late: (fate: PartFate) => void = () => {}): Promise<PartFate> {
    return new Promise((settle) => {
      const refusal = this.#reasonToWait();
      if (refusal) return settle(refusal);
      this.#queue.push({ body, settle, late });
      this.#pump();
    });
  }

  /** Takes nothing more, waits for the answers under way, and says goodbye. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRetry();
    this.#turnAway();
    if (this.#unanswered > 0) {
      await new Promise<void>((resolve) => {
        this.#whenQuiet = resolve;
      });
    }
    await this.#session?.unbind();
  }

  #reasonToWait(): PartFate | null {
    const now = this.#outside.now();
    const later = (ms: number, detail: string): PartFate => {
      return { is: 'later', retry_ms: this.#jitter(Math.max(ms, LINK.first_retry_ms)), detail };
    };
    if (this.#isStopped) return later(0, 'The link is stopping');
    if (!this.#session?.isBound) return later(this.#retryAt - now, this.#detail);
    if (now < this.#pausedUntil) return later(this.#pausedUntil - now, 'The carrier throttles');
    if (this.#queue.length >= LINK.waiting) return later(0, 'The queue of the link is full');
    return null;
  }

  /** Answers everything that waits and was not written. */
  #turnAway(): void {
    const fate = this.#reasonToWait();
    if (!fate) return;
    for (const { settle } of this.#queue.splice(0)) settle(fate);
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#unanswered < this.#settings.window) {
      const session = this.#session;
      if (!session?.isBound || this.#cancelPump) return;
      if (!session.canWrite) return this.#pumpWhen((run) => session.onDrain(run));
      const wait = this.#bucket.take(this.#outside.now());
      if (wait > 0) return this.#pumpWhen((run) => this.#outside.after(wait, run));
      const next = this.#queue.shift();
      if (next) this.#write(session, next);
    }
  }

  #pumpWhen(wait: (run: () => void) => unknown): void {
    const run = () => {
      this.#cancelPump = null;
      this.#pump();
    };
    this.#cancelPump = run;
    wait(run);
  }

  #write(session: Session, { body, settle, late }: Submission): void {
    try {
      session.ask(
        { ...body, command: 'submit_sm' },
        (answer) => {
          this.#unanswered -= 1;
          if (answer.is === 'answer') settle(this.#fateOf(answer.pdu));
          else settle({ is: 'unknown', detail: 'The carrier did not answer' });
          if (this.#unanswered === 0) this.#whenQuiet?.();
          this.#pump();
        },
        (pdu) => late(this.#fateOf(pdu)),
      );
      this.#unanswered += 1;
    } catch (error) {
      // A value that is too long for its field. Nothing was written.
      settle({ is: 'refused', code: 30008, detail: (error as Error).message });
    }
  }

  #fateOf(pdu: Pdu): PartFate {
    const detail = statusName(pdu.status);
    // Another answer than that of a submission says nothing that can be relied on.
    if (pdu.command !== 'submit_sm_resp' && pdu.command !== 'generic_nack') {
      return { is: 'unknown', detail: `The carrier answered with ${pdu.command}` };
    }
    if (pdu.command === 'generic_nack' && pdu.status === 0) {
      return { is: 'unknown', detail: 'The carrier answered with an empty refusal' };
    }
    const verdict = verdictOf(pdu.status);
    if (verdict.is === 'accepted') {
      this.#throttles = 0;
      return { is: 'accepted', ref: submittedRef(pdu) };
    }
    if (verdict.is === 'refused') return { is: 'refused', code: verdict.code, detail };
    if (verdict.because === 'throttled') return this.#throttled(detail);
    return { is: 'later', retry_ms: this.#jitter(SYSTEM_RETRY_MS), detail };
  }

  #throttled(detail: string): PartFate {
    const now = this.#outside.now();
    // The answers of one window tell of one throttling.
    if (now >= this.#pausedUntil) {
      const pause = Math.min(LINK.first_retry_ms * 2 ** this.#throttles, LINK.longest_retry_ms);
      this.#throttles += 1;
      this.#pausedUntil = now + pause;
      this.#bucket.halve(now);
      this.#turnAway();
    }
    return { is: 'later', retry_ms: this.#jitter(this.#pausedUntil - now), detail };
  }

  async #connect(): Promise<void> {
    const socket = await this.#outside.connect().catch((error: Error) => {
      this.#lost(`No connection: ${error.message}`, null);
      return null;
    });
    if (!socket) return;
    if (this.#isStopped) return void socket.destroy();
    try {
      this.#begin(socket);
    } catch (error) {
      // A name or a password that is too long for its field.
      socket.destroy();
      this.#lost(`The bind cannot be written: ${(error as Error).message}`, STATUS.bind_failed);
    }
  }

  #begin(socket: Duplex): void {
    const session = new Session(socket, this.#settings, this.#outside, {
      bound: () => {
        this.#boundAt = this.#outside.now();
        this.#tell(true, 'The link is bound');
      },
      deliver: (pdu) => this.#events.deliver(pdu),
      ended: (reason, refusal) => this.#lost(reason, refusal),
    });
    this.#session = session;
  }

  #lost(reason: string, refusal: number | null): void {
    this.#session = null;
    const now = this.#outside.now();
    if (this.#boundAt !== null && now - this.#boundAt >= STEADY_MS) this.#attempts = 0;
    this.#boundAt = null;
    const grown = Math.min(LINK.first_retry_ms * 2 ** this.#attempts, LINK.longest_retry_ms);
    const isHopeless = refusal !== null && REFUSED_BINDS.has(refusal);
    const wait = this.#jitter(isHopeless ? LINK.longest_retry_ms : grown);
    this.#attempts = Math.min(this.#attempts + 1, 10);
    this.#retryAt = now + wait;
    this.#tell(false, reason);
    this.#turnAway();
    if (!this.#isStopped) this.#cancelRetry = this.#outside.after(wait, () => void this.#connect());
  }

  #tell(isUp: boolean, detail: string): void {
    this.#detail = detail;
    this.#events.changed(isUp, detail);
  }

  /** Between the half and the whole, so that many links do not come back in one moment. */
  #jitter(ms: number): number {
    return Math.ceil(ms * (0.5 + this.#outside.random() / 2));
  }
}
