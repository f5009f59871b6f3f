/** An element of TwiML. Names keep their case: `say` is not `Say`. */
export interface Verb {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /**
   * The text in it, trimmed. For `Say` it includes the text of inner elements, because those
   * elements only change the pronunciation.
   */
  readonly text: string;
  readonly children: readonly Verb[];
  /** The line of its beginning, counted from 1. */
  readonly line: number;
}

/** A document from an application: the elements in its `Response`, in order. */
export interface TwimlDocument {
  readonly verbs: readonly Verb[];
}

/** An error: one sentence, with Twilio's code for it. */
export interface TwimlError {
  readonly code: number;
  readonly message: string;
}

/** The most bytes of TwiML that are read. */
export const TWIML_MAX_BYTES = 65_536;
/** The most elements in a document, at all depths. */
export const MAX_VERBS = 10_000;
/** The greatest depth of elements; `Response` has depth 1. */
export const MAX_DEPTH = 10;

/** Twilio's error codes for TwiML. */
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
/** A warning: a verb, noun or attribute has no effect, and the document goes on. */
export const BAD_SCHEMA = 12200;
export const BAD_CONTENT_TYPE = 12300;
/** A warning: an unknown recording event is ignored. */
export const BAD_RECORDING_EVENT = 13621;

/** The reasons for failed requests to an application, in our own words, by code. */
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
