import type { App } from '../../app.ts';
import type { LegWanted, LiveLeg, VoiceCarrier } from '../../carriers/voice-carrier.ts';
import type { CallDial } from '../../twiml/call-run.ts';
import type { Call } from '../call.ts';
import type { Request, Source } from '../call-step.ts';
import type { Reports } from './reports.ts';

/** The way that a call leaves by. It holds a password, so it stays in memory. */
export type LegWay = Pick<LegWanted, 'targets' | 'credentials'>;

/** A call to dial. */
export interface Dialled {
  readonly call: Call;
  readonly max_seconds: number;
  readonly way: LegWay;
  /** The seconds that are paid ahead; null: nothing limits the call's costs. */
  readonly paid_seconds: number | null;
  /** The `Dial` of a call on a wire here that it belongs to; null without one. */
  readonly dialler: Dialler | null;
}

/** The next of a call's documents, or the next verb of this one; null: the call is over. */
export type Next = Request | { readonly position: number } | null;

/** A call on a wire, as the runner of its documents sees it. */
export interface OnLine {
  readonly app: App;
  readonly call: Call;
  readonly reports: Reports;
  /** The leg, while it is on the line. */
  readonly leg: LiveLeg | null;
  /** The seconds since the answer. */
  readonly seconds: number;
  readonly max_seconds: number;
  /** Whether the call is answered. One that came in is, when its first verb needs it. */
  readonly isAnswered: boolean;
  /** Answers a call that came in. @returns whether the call is answered and goes on */
  answer(): Promise<boolean>;
  /** Refuses a call that came in and is not answered. */
  reject(reason: 'busy' | 'rejected'): void;
  /** Calls the numbers of a `Dial`, and waits until the talk is over. */
  dial(verb: CallDial, signal: AbortSignal): Promise<Next>;
  /** Connects the leg of a `Dial` whose own document is over. @returns false: it is no such leg */
  connect(): boolean;
  /**
   * Hangs up, and ends the call.
   * @param because the reason in words, for the timeline
   * @param last a request after the end, whose answer has no effect
   * @returns when it has ended in the database
   */
  end(because: string | null, last?: Request | null): Promise<void>;
}

/** A leg of a `Dial` on a wire, as the call that dials it sees it. */
export type DialledLeg = Pick<OnLine, 'call' | 'leg' | 'seconds' | 'end'>;

/** A `Dial` hears of its legs on wires. */
export interface Dialler {
  /** The far end of a leg has answered. @returns false: that of another one has answered before */
  answered(leg: DialledLeg): boolean;
  /** The document of a leg is over, and both sides talk. */
  connected(leg: DialledLeg): void;
  /** A leg has ended in the database, or runs another document. */
  left(leg: DialledLeg): void;
}

/** Dials a call whose leg is in the database. */
export type DialLeg = (carrier: VoiceCarrier, dialled: Dialled) => DialledLeg;

/** A call that came in, whose leg is in the database. */
export interface Arrived extends Pick<Dialled, 'call' | 'paid_seconds'> {
  /** The address of its first document; null: nobody said what to do with the call. */
  readonly source: Source | null;
}
