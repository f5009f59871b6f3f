/** A host and a port, as CONNECT and absolute URLs name them. */
export interface Authority {
  /** In lower case, without brackets and without dots at the end of the name. */
  readonly host: string;
  readonly port: number;
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** `api`, then a region or an edge and a region: `api.dublin.ie1.twilio.com`. */
const API_HOST = new RegExp(String.raw`^(?:api|voice)(?:\.${LABEL}){0,2}\.twilio\.com$`);
const TWILIO_HOST = /(?:^|\.)twilio\.com$/;
const AUTHORITY =
  /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9](?:[A-Za-z0-9._-]{0,253})?)):(\d{1,5})$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;
const MAX_PORT = 65_535;

/** The hosts that one certificate, made once, is for. Other forms get theirs when they are met. */
export const PLAIN_HOSTS = ['api.twilio.com', 'voice.twilio.com', 'www.twilio.com'] as const;

/** Whether Tieline answers for this host. It goes by whole labels, never by a part of the text. */
export function isIntercepted(host: string): boolean {
  return host === 'www.twilio.com' || API_HOST.test(host);
}

/** Whether a host belongs to the real service, whose other products Tieline does not have. */
export function isOfTwilio(host: string): boolean {
  return TWILIO_HOST.test(host);
}

/** Whether a host, as it is written, is this machine. Names are not resolved. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
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
