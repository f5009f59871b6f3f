import type { NewEntry } from '../carrier/timeline.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { ListenAct, Outcome, SpeakAct, TakeAct } from './line-act.ts';
import type { Health } from './message-carrier.ts';
import type { Weighed } from './order-targets.ts';

/**
 * A carrier that connects calls over a wire. It knows no tables and no acts: `calls/live/` records
 * the events that it reports. The process that dialled a call is the owner of its leg, because its
 * sockets hold the dialog.
 */
export interface VoiceCarrier {
  /** The name in the operator's file. */
  readonly name: string;
  /** The kind in the operator's file, such as `sip`. */
  readonly kind: string;

  /** Dials a call, at once. It never throws; everything else comes by events. */
  dial(wanted: LegWanted, hear: LegEvents): LiveLeg;

  /**
   * Ends the far side of a leg whose owner has died. It never rejects, and may be done twice.
   * @param dialog as the dead owner reported it; null: the call was not answered
   */
  adopt(dialog: string | null): Promise<void>;

  /** Whether it can take calls now. */
  health(): Health;

  /** The states of targets; null: the carrier calls none. */
  readonly targets: CarrierTargets | null;

  /** Takes no more calls that come in. Those on the line go on. */
  drain(): void;

  /** Ends every leg, and closes the connections. */
  stop(): Promise<void>;
}

/** The targets of trunks, as one process sees them. */
export interface CarrierTargets {
  /** The addresses that are asked from now on whether they take calls; others are asked no more. */
  watch(addresses: readonly string[]): void;
  /** The addresses that are asked. */
  readonly watched: readonly string[];
  stateOf(address: string): TargetState;
}

export interface TargetState {
  /** A target that is down comes last. One that nobody called and that was not asked is unknown. */
  readonly state: 'up' | 'down' | 'unknown';
  /** The reason, as a sentence; null: there is nothing to say. */
  readonly detail: string | null;
  readonly since: EpochMs | null;
}

/** A call on its way out. */
export interface LegWanted {
  readonly call_sid: string;
  readonly account_sid: string;
  /** A number in E.164, or another address. */
  readonly to: string;
  readonly from: string;
  /** The seconds for which the call rings. */
  readonly timeout: number;
  /** The enabled targets of the call's BYOC trunk; null: the call has no trunk. */
  readonly targets: readonly LegTarget[] | null;
  /** The answer to a challenge of the far side; null without one. */
  readonly credentials: { readonly username: string; readonly password: string } | null;
}

/** A target of a connection policy. */
export interface LegTarget extends Weighed {
  readonly sid: string;
  /** A `sip:` address. */
  readonly target: string;
}

/** The events of a leg. No event comes after `ended`, and none while `dial` runs. */
export interface LegEvents {
  /** An entry for the call's timeline, such as a target that did not answer. */
  note(entry: NewEntry): void;
  ringing(): void;
  /** @param dialog what another process needs to end the leg, as text; it holds no secret */
  answered(dialog: string): void;
  ended(end: LegEnd): void;
}

export interface LegEnd {
  /** `completed` for a call that was answered. */
  readonly status: 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';
  /** The reason in words, for the timeline; null: there is nothing to say. */
  readonly detail: string | null;
}

/** A leg on the line, in its owner. */
export interface LiveLeg {
  /**
   * Does one act. It resolves when the act is done, when the other side hangs up, or when `signal`
   * aborts it, and never rejects.
   */
  perform(act: SpeakAct | ListenAct | TakeAct, signal: AbortSignal): Promise<Outcome>;
  /** Hears each key that the far side presses from now on. @returns what ends it */
  listen(heard: (key: string) => void): () => void;
  /** Lets two legs hear each other, as far as both have sound; null ends it for both. */
  bridge(other: LiveLeg | null): void;
  /** Ends the leg: cancels a call that is not answered, hangs up one that is. */
  hangUp(): void;
}

/** A leg that came in. It rings until `answer`, `reject` or `hangUp`. */
export interface ComingLeg extends LiveLeg {
  /** The dialog as text, with which another process can end the leg. */
  readonly dialog: string;
  /** Hears the events from now on, and lets the far side hear that it rings. */
  begin(hear: LegEvents): void;
  /**
   * Answers. It resolves when the far side has acknowledged the answer, which `answered` reports
   * before, or when the leg has ended.
   */
  answer(): Promise<void>;
  /** Refuses the call of somebody who waits for an answer. */
  reject(reason: 'busy' | 'rejected' | 'unavailable'): void;
}

/** A call that comes in. */
export interface InvitedCall {
  /** The name of the carrier that it came by. */
  readonly carrier: string;
  /** The host that was called, in lower case. */
  readonly host: string;
  /** Whether this is the carrier's own host, and not that of a trunk. */
  readonly is_own_host: boolean;
  /** In E.164; null: no number was called. */
  readonly to: string | null;
  /** A number in E.164, or a `sip:` address. */
  readonly from: string;
  readonly caller_name: string | null;
  /** More parameters for the application. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether a call from there is allowed: by the operator, or by the targets of a trunk. */
  readonly mayCome: (targets: readonly string[]) => Promise<boolean>;
  /** Makes the leg. @returns the status of a refusal when its sound cannot be taken */
  readonly open: () => Promise<ComingLeg | number>;
}

/** The product's side of calls that come in. */
export interface InboundCalls {
  /**
   * Takes a call or refuses it, once its row is in the database. It never rejects.
   * @returns the status of the refusal (RFC 3261 section 21); null: the call is taken
   */
  call(invited: InvitedCall): Promise<number | null>;
}
