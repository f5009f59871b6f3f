/**
 * A carrier takes calls and messages to their far ends. It knows addresses and time, and no
 * tables: `calls/` and `messages/` ask it what happens on the line, and write it down.
 */
export interface Carrier {
  readonly calls: CallCarrier;
  readonly messages: MessageCarrier;
}

/** A call, as far as a carrier sees it. */
export interface Line {
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  /** A number in E.164, or a SIP or client address. */
  readonly to: string;
}

export interface CallCarrier {
  /** How long a call takes to leave, in milliseconds of the product's clock. */
  readonly leaving_ms: number;
  /** How long it takes to find out whether a person or a machine has answered. */
  readonly detection_seconds: number;

  /** Rings at an address. */
  ring(to: string): Ringing;

  /** How long it rings at an address, in seconds, when the caller hangs up after `timeout`. */
  ringSeconds(to: string, timeout: number): number;

  /** How long the far end talks, in seconds, to the call that it is connected to. */
  talkSeconds(line: Line, most: number): number;

  /**
   * Whether a second of the call takes a second. Then each verb runs at its own time, and a verb
   * that the call does not reach never runs.
   */
  isInRealTime(line: Line): boolean;

  /** How long seconds of the call take, in milliseconds of the product's clock. */
  waitFor(line: Line, seconds: number): number;
}

/** The far end of a call that rings. */
export interface Ringing {
  /** How the ringing ends, unless the caller hangs up before. */
  readonly outcome: 'answered' | 'busy' | 'no-answer' | 'failed';
  readonly answered_by: 'human' | 'machine';
  /** How long the outcome takes, in milliseconds of the product's clock. */
  readonly outcome_ms: number;
  /** Whether the outcome takes longer than an answer at another address that rings meanwhile. */
  readonly is_late: boolean;
  /** Whether the call reaches the account that holds the number here. */
  readonly reaches_holder: boolean;
}

export interface MessageCarrier {
  /** Takes a message for an address, or refuses it; either is known after a while. */
  submit(to: string): Submission;

  /** The receipt of a message that was taken; null: none ever comes. */
  receiptOf(to: string): Receipt | null;
}

interface Submission {
  readonly outcome: 'taken' | 'refused';
  readonly outcome_ms: number;
}

interface Receipt {
  readonly outcome: 'delivered' | 'undelivered';
  readonly outcome_ms: number;
}
