/** A host and a port, as CONNECT and absolute URLs name them. */
export interface Authority {
  /** In lower case, without brackets and without dots at the end of the name. */
  readonly host: string;
  readonly port: number;
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** By whole labels: `api`, then a region or an edge and a region, as in `api.dublin.ie1.twilio.com`. */
export const INTERCEPTED_HOST = new RegExp(
  String.raw`^(?:www|tls-test|(?:api|voice)(?:\.${LABEL}){0,2})\.twilio\.com$`,
);
export const TWILIO_HOST = /(?:^|\.)twilio\.com$/;
const AUTHORITY =
  /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9](?:[A-Za-z0-9._-]{0,253})?)):(\d{1,5})$/;
export const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;
const MAX_PORT = 65_535;
export const HTTPS_PORT = 443;
/** Where SDKs try whether their TLS is good enough for Twilio: today's host, and the port before it. */
const TLS_TEST_HOST = 'tls-test.twilio.com';
const TLS_TEST_PORT = 8443;

/** The hosts that one certificate, made once, is for. Other forms get theirs when they are met. */
export const PLAIN_HOSTS = [
  'api.twilio.com',
  'voice.twilio.com',
  'www.twilio.com',
  TLS_TEST_HOST,
] as const;

/** Who answers in the place of a host: Tieline, the test of a client's TLS, or a refusal. */
export type Answerer = 'tieline' | 'tls_test' | 'refusal';

/**
 * Who answers in the place of a host; null: nobody, so it is reached, or refused without TLS. A
 * refusal inside of TLS is for hosts of Twilio, as the CA can sign for those only.
 */
export function answererOf({ host, port }: Authority, offline: boolean): Answerer | null {
  if (host === TLS_TEST_HOST) return 'tls_test';
  if (host === 'api.twilio.com' && port === TLS_TEST_PORT) return 'tls_test';
  if (isIntercepted(host)) return 'tieline';
  return offline && isOfTwilio(host) && port === HTTPS_PORT ? 'refusal' : null;
}

/** Whether a host is answered for here. It goes by whole labels, never by a part of the text. */
export function isIntercepted(host: string): boolean {
  return INTERCEPTED_HOST.test(host);
}

/** Whether a host belongs to the real service, whose other products Tieline does not have. */
export function isOfTwilio(host: string): boolean {
  return TWILIO_HOST.test(host);
}

/** Whether a host, as it is written, is this machine. Names are not resolved. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_HOST.test(host);
}

/**
 * Reads `host:port` of a CONNECT line (RFC 9110 §9.3.6).
 * @returns null for anything else: no port, a user before an `@`, a path, an address with spaces
 */
export function readAuthority(text: string): Authority | null {
  const [, address, name = '', digits = ''] = AUTHORITY.exec(text) ?? [];
  const port = Number(digits);
  const host = nameOf(address ?? name);
  return host === '' || port < 1 || port > MAX_PORT ? null : { host, port };
}

/**
 * A host as it is compared: in lower case, without the dot of the root, and without further ones
 * that somebody who resolves it might not mind.
 */
export function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.+$/, '');
}
