import type { FromWorker, GuestScripts, ToWorker } from './engine-messages.ts';
import type { Answer, Question } from './outcome.ts';

/**
 * What runs notebooks: a terminal, or a page. It brings the worker and the network, and answers
 * what cells ask.
 */
export interface Host {
  /** The scripts of `guest/`, as text. */
  readonly guest: GuestScripts;
  /** Starts a worker; `heard` gets what it says, `broke` why it ended by itself. */
  openWorker(heard: (message: FromWorker) => void, broke: (error: Error) => void): EngineWorker;
  /**
   * Sends one request and reads the whole answer, of at most `max_bytes`.
   * @throws NetworkError where there is no answer, or where it leads to what `refusal_of` refuses
   */
  send(request: OutgoingRequest): Promise<IncomingResponse>;
  /** Answers a question of a cell. @throws UnansweredError where nobody can */
  answer(question: Question): Promise<Answer>;
  /** Credentials for a challenge, or for a client that asks to be authenticated; null: none. */
  credentials(challenge: Challenge): Promise<Credentials | null>;
  /**
   * What stands in for an address; null where the address itself is to be read.
   * @param included_by the address of the description that includes it; null for what a cell names
   */
  document(url: string, included_by: string | null): Promise<KnownDocument | null>;
  /** Milliseconds since 1970. */
  now(): number;
}

export interface EngineWorker {
  post(message: ToWorker): void;
  /** Ends it at once, whatever it is doing. */
  terminate(): void;
}

export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
  readonly timeout_ms: number;
  readonly max_bytes: number;
  /** Why a redirect may not be followed to there; null where it may. */
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
  /** Whose password is asked for; null where that is asked as well. */
  readonly username: string | null;
  /** How often credentials for this were refused already. */
  readonly refused: number;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What stands in for an address: a text, or another address, which is read as any is. */
export type KnownDocument =
  | {
      readonly text: string;
      /** What whoever runs the notebook should know of it; null: nothing. */
      readonly notice: string | null;
    }
  | { readonly url: string };

/** A request that could not be made, or may not be. The message says what to do about it. */
export class NetworkError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NetworkError';
  }
}

/** A text that is not there: the server answers, and with something else. */
export class UnreadableError extends NetworkError {}

/** A question that nobody is there to answer. */
export class UnansweredError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnansweredError';
  }
}
