/** The parts of a call that a carrier sees. */
export interface Line {
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  /** A number in E.164, or a SIP or client address. */
  readonly to: string;
}

/**
 * A carrier of calls connects them to their far ends. It knows addresses and time, but no tables:
 * `calls/` asks it for each event on the line, and stores the events.
 */
export interface CallCarrier {
  /** The time until a call leaves, in milliseconds of the product's clock. */
  readonly leaving_ms: number;
  /** The time that answering machine detection takes. */
  readonly detection_seconds: number;

  /** Calls an address. */
  ring(to: string): Ringing;

  /** The seconds for which an address rings when the caller hangs up after `timeout`. */
  ringSeconds(to: string, timeout: number): number;

  /** The seconds for which the far end talks to the call that it is connected to. */
  talkSeconds(line: Line, most: number): number;

  /**
   * Whether a second of the call takes a real second. Each verb of such a call runs at its own
   * time, and a verb that the call does not reach never runs.
   */
  isInRealTime(line: Line): boolean;

  /** Converts seconds of the call to milliseconds of the product's clock. */
  waitFor(line: Line, seconds: number): number;
}

/** The ringing of a call's far end. */
export interface Ringing {
  /** The end of the ringing, unless the caller hangs up before. */
  readonly outcome: 'answered' | 'busy' | 'no-answer' | 'failed';
  readonly answered_by: 'human' | 'machine';
  /** The time until the outcome, in milliseconds of the product's clock. */
  readonly outcome_ms: number;
  /** Whether the outcome comes later than an answer at another address that rings too. */
  readonly is_late: boolean;
  /** Whether the call reaches the account that holds the number here. */
  readonly reaches_holder: boolean;
}
