/** An element of TwiML. The names are as they were written: `say` is not `Say`. */
export interface Verb {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /**
   * What is written in it, without the white space around. Of `Say`, that includes the text of
   * the elements within, which only say how it is spoken.
   */
  readonly text: string;
  readonly children: readonly Verb[];
  /** Where it begins, counted from 1. */
  readonly line: number;
}

/** What an application answered with: what stands in its `Response`, in its order. */
export interface TwimlDocument {
  readonly verbs: readonly Verb[];
}

/** Why something came to nothing, in one sentence, with Twilio's code for it. */
export interface TwimlError {
  readonly code: number;
  readonly message: string;
}

/** As much TwiML as is read. */
export const TWIML_MAX_BYTES = 65_536;
/** Elements in a document, those within others included. */
export const MAX_VERBS = 10_000;
/** How deep elements may stand in each other; `Response` is the first. */
export const MAX_DEPTH = 10;

/** Twilio's error codes, as far as TwiML meets them. */
export const INVALID_URL = 11100;
export const RETRIEVAL_FAILED = 11200;
export const CONNECTION_FAILED = 11205;
export const PROTOCOL_VIOLATION = 11206;
export const BAD_HOST_NAME = 11210;
export const TOO_MANY_REDIRECTS = 11215;
export const INVALID_REDIRECT = 11216;
export const HANDSHAKE_FAILED = 11220;
export const CERTIFICATE_OF_ANOTHER = 11235;
export const CERTIFICATE_EXPIRED = 11236;
export const CERTIFICATE_WITHOUT_PATH = 11237;
export const TOO_LARGE = 11750;
export const NOT_PARSED = 12100;
export const BAD_VERSION = 12101;
export const NOT_RESPONSE = 12102;
/** A warning: what it is about has no effect, and the document goes on. */
export const BAD_SCHEMA = 12200;
export const BAD_CONTENT_TYPE = 12300;
/** A warning: an event of a recording that there is none of is left out. */
export const BAD_RECORDING_EVENT = 13621;

/** Why an application was asked in vain, in words of our own, by the code. */
export const TWIML_ERRORS: Readonly<Record<number, string>> = {
  [INVALID_URL]: 'The URL of the application cannot be requested',
  [RETRIEVAL_FAILED]: 'The application did not answer, or with an error',
  [CONNECTION_FAILED]: 'No connection to the application could be made',
  [PROTOCOL_VIOLATION]: 'The application answered with something that is not HTTP',
  [BAD_HOST_NAME]: 'The name of the application’s host was not found',
  [TOO_MANY_REDIRECTS]: 'The application redirected too often',
  [INVALID_REDIRECT]: 'The application redirected in a way that nobody follows',
  [HANDSHAKE_FAILED]: 'No TLS connection to the application could be made',
  [CERTIFICATE_OF_ANOTHER]: 'The certificate of the application is for another name',
  [CERTIFICATE_EXPIRED]: 'The certificate of the application has expired',
  [CERTIFICATE_WITHOUT_PATH]: 'The certificate of the application is signed by nobody known',
  [TOO_LARGE]: 'The application answered with more TwiML than is read',
  [NOT_PARSED]: 'The application answered with TwiML that cannot be read',
  [BAD_VERSION]: 'The application answered with TwiML of a version that does not exist',
  [NOT_RESPONSE]: 'The application answered with XML whose root is not Response',
};
