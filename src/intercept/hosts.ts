import { LOOPBACK_HOST } from '../kit/loopback.ts';

/** A host and a port, as CONNECT and absolute URLs name them. */
export interface Authority {
  /** In lower case, without brackets and without dots at the end of the name. */
  readonly host: string;
  readonly port: number;
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/**
 * Matches whole labels: `api`, then a region or an edge and a region, as in
 * `api.dublin.ie1.twilio.com`.
 */
export const INTERCEPTED_HOST = new RegExp(
  String.raw`^(?:www|tls-test|(?:api|voice)(?:\.${LABEL}){0,2})\.twilio\.com$`,
);
export const TWILIO_HOST = /(?:^|\.)twilio\.com$/;
const AUTHORITY =
  /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9](?:[A-Za-z0-9._-]{0,253})?)):(\d{1,5})$/;
const MAX_PORT = 65_535;
export const HTTPS_PORT = 443;
/** The host on which SDKs test their TLS; older SDKs test it on a port of the API's host. */
const TLS_TEST_HOST = 'tls-test.twilio.com';
const TLS_TEST_PORT = 8443;

/**
 * The hosts of the one certificate that is made beforehand. Another host gets one at its first use.
 */
export const PLAIN_HOSTS = [
  'api.twilio.com',
  'voice.twilio.com',
  'www.twilio.com',
  TLS_TEST_HOST,
] as const;

/** The part that answers in place of a host: Tieline, the TLS test, or a refusal. */
export type Answerer = 'tieline' | 'tls_test' | 'refusal';

/**
 * The part that answers in place of a host; null when the host itself is reached, or refused
 * without TLS. Only hosts of Twilio are refused inside of TLS, because the CA can sign for no
 * others.
 */
export function answererOf(
  { host, port }: Authority,
  { offline }: { readonly offline: boolean },
): Answerer | null {
  if (host === TLS_TEST_HOST) return 'tls_test';
  if (host === 'api.twilio.com' && port === TLS_TEST_PORT) return 'tls_test';
  if (isIntercepted(host)) return 'tieline';
  return offline && isOfTwilio(host) && port === HTTPS_PORT ? 'refusal' : null;
}

/**
 * Whether Tieline answers in place of a host. It compares whole labels, never parts of the text.
 */
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
 * A host in the form for comparison: in lower case, and without dots at its end. Some resolvers
 * accept more than one.
 */
export function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.+$/, '');
}
