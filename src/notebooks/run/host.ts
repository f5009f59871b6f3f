import type { FromWorker, GuestScripts, ToWorker } from './engine-messages.ts';
import type { Answer, Question } from './outcome.ts';

/**
 * The environment of a notebook: a terminal or a page. It provides the worker and the network, and
 * answers the questions of cells.
 */
export interface Host {
  /** The scripts of `guest/`, as text. */
  readonly guest: GuestScripts;
  /** Starts a worker. `heard` receives its messages, `broke` the error that ended it. */
  openWorker(heard: (message: FromWorker) => void, broke: (error: Error) => void): EngineWorker;
  /**
   * Sends one request and reads the whole answer, of at most `max_bytes`.
   * @throws NetworkError when no answer comes, or when `refusal_of` refuses a redirect
   */
  send(request: OutgoingRequest): Promise<IncomingResponse>;
  /** Answers a question of a cell. @throws UnansweredError when no answer is possible */
  answer(question: Question): Promise<Answer>;
  /**
   * The credentials for a challenge or for a client that asks for authentication; null for none.
   */
  credentials(challenge: Challenge): Promise<Credentials | null>;
  /**
   * The replacement for an address; null when the address itself must be read.
   * @param included_by the description that includes the document; null when a cell names it
   */
  document(url: string, included_by: string | null): Promise<KnownDocument | null>;
  /** Milliseconds since 1970. */
  now(): number;
}

export interface EngineWorker {
  post(message: ToWorker): void;
  /** Ends the worker immediately, even in the middle of a cell. */
  terminate(): void;
}

export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
  readonly timeout_ms: number;
  readonly max_bytes: number;
  /** The reason not to follow a redirect to an address; null when it is allowed. */
  readonly refusal_of: (url: URL) => NetworkError | null;
}

export interface IncomingResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface Challenge {
  readonly origin: string;
  readonly realm: string;
  /** The user name whose password is needed; null when the user name is needed, too. */
  readonly username: string | null;
  /** The number of times that the server has refused credentials for this request. */
  readonly refused: number;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The replacement for an address: a text, or another address to read instead. */
export type KnownDocument =
  | {
      readonly text: string;
      /** A notice about the replacement for the user; null for none. */
      readonly notice: string | null;
    }
  | { readonly url: string };

/** A request that failed or is not allowed. The message says how to solve the problem. */
export class NetworkError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NetworkError';
  }
}

/** A document that the server does not have: its answer has another status than 2xx. */
export class UnreadableError extends NetworkError {}

/** A question without an answer, because no person and no prepared answer is there. */
export class UnansweredError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnansweredError';
  }
}
