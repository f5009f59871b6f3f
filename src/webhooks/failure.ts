import { LookupError } from '../kit/resolve.ts';

/** A time limit of a request was reached. */
export class TimedOut extends Error {
  readonly phase: 'connect' | 'read';
  readonly ms: number;

  constructor(phase: 'connect' | 'read', ms: number) {
    super(`${phase} timed out`);
    this.phase = phase;
    this.ms = ms;
  }
}

const SELF_SIGNED =
  'has a certificate that no known authority signed; give it one, from Let’s Encrypt for example';
const PLAIN = 'does not speak TLS on this port; use http, or set up its certificate';
const CLOSED = 'closed the connection before it answered; look into its log';
const UNREACHABLE = 'cannot be reached from this network; check its address';

/**
 * The failures by error code. Each text completes a sentence that begins with the receiver's name.
 */
const EXPLAINED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection; check that it runs and listens on this port',
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  UND_ERR_SOCKET: CLOSED,
  ETIMEDOUT: 'did not accept the connection in time; check its firewall',
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  EADDRNOTAVAIL: UNREACHABLE,
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: SELF_SIGNED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: SELF_SIGNED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'sends its certificate without the intermediate ones; have it send the full chain',
  CERT_HAS_EXPIRED: 'has a certificate that has expired; renew it',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet; check the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name; give it one for this name',
  ERR_SSL_WRONG_VERSION_NUMBER: PLAIN,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: PLAIN,
  UND_ERR_HEADERS_OVERFLOW: 'answered with more than 16 KiB of headers; send fewer',
};

/**
 * One sentence for the developer with the failure and a remedy. It consists of the host and fixed
 * texts, so no other part of a URL can appear in it.
 */
export function explainFailure(host: string, error: unknown): string {
  if (error instanceof LookupError) return error.message;
  if (error instanceof TimedOut) {
    return error.phase === 'connect'
      ? `No connection to ${host} within ${error.ms} ms; check its address and its firewall.`
      : `${host} did not answer within ${error.ms} ms; let it answer first and work afterwards.`;
  }
  const code = codeOf(error);
  const explained = EXPLAINED[code];
  if (explained !== undefined) return `${host} ${explained}.`;
  if (code.startsWith('HPE_')) return `${host} answered with something that is not HTTP/1.1.`;
  return `The request to ${host} failed${code === '' ? '' : ` (${code})`}.`;
}

/** The kind of a failure. */
export type FailureCause =
  | 'bad-name'
  | 'certificate-name'
  | 'certificate-expired'
  | 'certificate-path'
  | 'handshake'
  | 'protocol';

const CERTIFICATES: Readonly<Record<string, FailureCause>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-name',
  CERT_HAS_EXPIRED: 'certificate-expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-path',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate-path',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate-path',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate-path',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate-path',
};

/** @returns null for failures that their phase describes: no connection, or no answer. */
export function causeOfFailure(error: unknown): FailureCause | null {
  if (error instanceof LookupError) return 'bad-name';
  const code = codeOf(error);
  const certificate = CERTIFICATES[code];
  if (certificate !== undefined) return certificate;
  if (/^(ERR_SSL_|ERR_TLS_|CERT_|EPROTO$)/.test(code)) return 'handshake';
  return code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW' ? 'protocol' : null;
}

function codeOf(error: unknown): string {
  // Not every error of the parser has a code.
  if (error instanceof Error && error.name === 'HTTPParserError') return 'HPE_UNKNOWN';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : '';
}
