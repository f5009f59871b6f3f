import type { Micro } from '../kit/money.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { CarrierErrorCode } from './carrier-error.ts';

/**
 * A carrier that brings messages to another network. It speaks one wire format, and it knows no
 * tables and no acts: `messages/` records the events that it reports.
 */
export interface MessageCarrier {
  /** The name in the operator's file. */
  readonly name: string;
  /** The kind in the operator's file, such as `http`. */
  readonly kind: string;

  /**
   * Sends one message, once. It never rejects, and it never sends the same bytes twice. After
   * `SUBMIT_MS` the caller takes the fate as unknown.
   */
  submit(message: OutMessage): Promise<Submitted>;

  /** Asks the far side whether it is there and knows us. It sends no message. */
  probe(): Promise<Probe>;

  health(): Health;

  /**
   * Asks the far side for a message that was submitted. It sends no message. Absent: the kind cannot
   * ask.
   */
  ask?(wanted: AskedFor): Promise<Asked>;

  /**
   * Asks the far side for the price of a message that has ended, by its id there. Null: it does not
   * tell the price yet. Absent: the kind cannot ask.
   */
  cost?(ref: string): Promise<Cost | null>;

  /**
   * Takes the messages of the last hours that the far side could not bring, because no server of this
   * platform answered it. One that is there already changes nothing. Absent: the kind keeps none.
   */
  catchUp?(): Promise<void>;

  /**
   * Answers a request of the far side to `/_carrier/NAME/…`. Absent: the kind takes none.
   * @throws ApiError 401 for a request that is not proven to be the far side's
   */
  hear?(request: CarrierRequest): Promise<CarrierAnswer>;

  /** Takes no more, waits a few seconds for the answers under way, and closes the connections. */
  stop(): Promise<void>;
}

/** The price of one message that a carrier charges the operator. */
export interface Cost {
  /** At least 0. */
  readonly micro: Micro;
  /** Three capital letters. */
  readonly currency: string;
}

/** A message that was submitted, to be asked for. */
export interface AskedFor extends Pick<OutMessage, 'sid' | 'to' | 'from' | 'body'> {
  /** Its id at the far side; null: no answer or report has named one. */
  readonly ref: string | null;
  /** The time of the submission, real time. */
  readonly submitted_at: EpochMs;
  /**
   * The number of messages of this platform with the same ends and the same text since shortly
   * before. Without an id, only their number tells whether all of them arrived.
   */
  readonly alike: number;
}

/** The shortest time before a submission from which messages count as alike. */
export const ALIKE_MS = 10 * 60_000;

/** The answer to `ask`. `unseen`: the far side shows no such message, or cannot be asked now. */
export type Asked =
  | {
      readonly is: 'seen';
      /** Null: nobody can tell which of several equal messages it is. */
      readonly ref: string | null;
      readonly state: Receipt['state'];
      readonly code: CarrierErrorCode | null;
    }
  | { readonly is: 'unseen'; readonly detail: string };

/** A request of the far side. */
export interface CarrierRequest {
  readonly method: 'GET' | 'POST';
  /** The whole URL, as the far side has it. */
  readonly url: string;
  /** The segments of the path behind the carrier's name. */
  readonly path: readonly string[];
  /** The names are in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

export interface CarrierAnswer {
  readonly status: 200 | 204 | 404 | 503;
  readonly type?: string;
  readonly body?: string | Buffer;
}

/** The longest wait for the answer to one submission. */
export const SUBMIT_MS = 30_000;

/** A message on its way out. */
export interface OutMessage {
  /** The message's own SID. It stays the same when a throttled message is submitted again. */
  readonly sid: string;
  /** A number in E.164, or one behind `whatsapp:`. */
  readonly to: string;
  /** A number in E.164, one behind `whatsapp:`, or a name of at most eleven characters. */
  readonly from: string;
  readonly body: string;
  readonly media: readonly OutMedia[];
  /** The time after which the message need not arrive, by the product's clock. */
  readonly valid_until: EpochMs;
  /** The wires and answers that the message has behind it. */
  readonly hops: number;
}

/** A file of a message, already fetched. */
interface OutMedia {
  readonly sid: string;
  readonly content_type: string;
  readonly content: Buffer;
}

/**
 * The fate of a submission.
 * `accepted`: the far side has the message; `refs` are its own ids, one for each part (empty text:
 * that part has none), and empty when reports name the message's SID.
 * `refused`: the far side does not take the message, now or ever.
 * `later`: nothing was taken, and the message may be submitted again after a while, as when the far
 * side throttles.
 * `unknown`: bytes left, and no answer came that can be relied on. The message is never submitted
 * again; a report may still tell its fate.
 * `taken` names the parts that were taken before a later part was refused, or was not answered.
 */
export type Submitted =
  | { readonly is: 'accepted'; readonly refs: readonly string[] }
  | {
      readonly is: 'refused';
      readonly code: CarrierErrorCode;
      readonly detail: string;
      readonly taken?: TakenParts;
    }
  | { readonly is: 'later'; readonly retry_ms: number; readonly detail: string }
  | { readonly is: 'unknown'; readonly detail: string; readonly taken?: TakenParts };

/** The first parts of a message, which the far side took. */
export interface TakenParts {
  readonly refs: readonly string[];
  /** The number of all parts. */
  readonly parts: number;
}

/** The answer to `probe`, in words for the operator. */
export interface Probe {
  readonly is_up: boolean;
  readonly detail: string;
}

/** The state of a carrier in this process. */
export interface Health {
  readonly state: 'up' | 'throttled' | 'down' | 'unknown';
  /** The reason, in words; null when there is nothing to say. */
  readonly detail: string | null;
  /** The time of the last change of the state, real time; null before the first one. */
  readonly since: EpochMs | null;
}

/** A report about a message that was submitted. */
export interface Receipt {
  /**
   * The message's own SID, with its id at the far side if the report names one; or the carrier's id
   * of one part.
   */
  readonly of: { readonly sid: string; readonly ref?: string } | PartRef;
  /** `buffered` says that the far side still tries. The last three states are final. */
  readonly state: 'buffered' | 'sent' | 'delivered' | 'undelivered' | 'failed';
  /** The reason of a bad end; null: the carrier named none. */
  readonly code: CarrierErrorCode | null;
  /** The report in the carrier's own words, for the timeline; null: nothing to add. */
  readonly detail: string | null;
  /** The price that came with the report. */
  readonly cost?: Cost | undefined;
}

/** The id of a part, which the answer to its submission named. */
interface PartRef {
  /** The forms that the id may have had there, the likeliest first: at most `MAX_REF_FORMS`. */
  readonly refs: readonly string[];
  /** The recipient of the message, as the receipt names it; null: it does not. */
  readonly to: string | null;
}

/** As it is, hexadecimal, and decimal. */
export const MAX_REF_FORMS = 3;

/** A message that a carrier brings in, with its parts joined. */
export interface InMessage {
  /** The carrier's own id, by which a repeat is recognized; null: it has none. */
  readonly id: string | null;
  /** A number in E.164, one behind `whatsapp:`, or a short code or name. */
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** Files with their content, or with a URL that anybody can fetch. */
  readonly media: readonly InMedia[];
  /** The wires and answers that the message has behind it, as far as the carrier knows. */
  readonly hops?: number;
  /** When it came to the far side, real time. One from before its number was bought is not taken. */
  readonly came_at?: EpochMs;
}

interface InMedia {
  readonly content_type: string;
  readonly content: Buffer | null;
  readonly source_url: string | null;
}

/** The message of a file, and the file itself. */
export interface MediaPlace {
  readonly message_sid: string;
  readonly sid: string;
}

/**
 * The product's side of a carrier. Every report is recorded before the call resolves, so a carrier
 * acknowledges only after it.
 * `kept`: recorded, or recorded before. `unknown`: the product has nothing that it belongs to; a
 * receipt may have overtaken the answer to its submission, so it may be reported again soon.
 */
export interface Inbound {
  receipt(carrier: string, receipt: Receipt): Promise<'kept' | 'unknown'>;
  /** An answer to a submission, after `submit` resolved with `unknown`. */
  answer(carrier: string, sid: string, submitted: Submitted): Promise<void>;
  message(carrier: string, message: InMessage): Promise<'kept' | 'unknown'>;
  /** A file of a message that is under way at the carrier; null: there is none. */
  media(carrier: string, place: MediaPlace): Promise<OutMedia | null>;
}

/**
 * The carrier without a wire. It tells the whole course of a message ahead, in milliseconds of the
 * product's clock, so its messages need no state between submission and report.
 */
export interface SimulatedMessages {
  /** Accepts or refuses a message for an address. The result is known after a while. */
  submit(to: string): Submission;

  /** The receipt of an accepted message; null when none ever comes. */
  receiptOf(to: string): SimulatedReceipt | null;
}

interface Submission {
  readonly outcome: 'taken' | 'refused';
  readonly outcome_ms: number;
}

interface SimulatedReceipt {
  readonly outcome: 'delivered' | 'undelivered';
  readonly outcome_ms: number;
}
