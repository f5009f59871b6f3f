import type { IncomingMessage } from 'node:http';
import {
  type Authority,
  answererOf,
  HTTPS_PORT,
  isIntercepted,
  isLoopback,
  isOfTwilio,
  readAuthority,
} from './hosts.ts';
import { Refusal } from './refusal.ts';

/** The target of a request that names its whole address. */
export interface Target extends Authority {
  readonly scheme: 'http' | 'https';
  /** Path and query, unchanged. */
  readonly path: string;
}

const DEFAULT_PORTS = { http: 80, https: HTTPS_PORT } as const;
/** Twilio's code for an act that a known caller may not do. */
const FORBIDDEN = 20403;
const ABSOLUTE = /^(https?):\/\/([^/?#\\]*)([/?].*)?$/i;

/**
 * Reads the target of a CONNECT request.
 * @throws Refusal 400 when its line names no host and port, or when a body comes with it
 */
export function readConnect(request: IncomingMessage): Authority {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding !== undefined || (length ?? '0') !== '0') {
    throw new Refusal(400, 'A CONNECT request must have no body.');
  }
  const authority = readAuthority(request.url ?? '');
  if (!authority) {
    throw new Refusal(400, 'A CONNECT request must name a host and a port, as in example.com:443.');
  }
  demandHttpsPort(authority);
  return authority;
}

/**
 * Reads the target of a request of another method.
 * @throws Refusal 400 for anything but an address with a host and without a user, and for plain
 *   HTTP to a host that Twilio serves over HTTPS only
 */
export function readTarget(request: IncomingMessage): Target {
  const [, name = '', place = '', path = '/'] = ABSOLUTE.exec(request.url ?? '') ?? [];
  if (name === '') {
    throw new Refusal(400, "This is Tieline's proxy: a request must name the whole address.");
  }
  if (place.includes('@')) {
    throw new Refusal(
      400,
      'The address must have no user name or password before its host: send them in a header.',
    );
  }
  const scheme = name.toLowerCase() === 'https' ? 'https' : 'http';
  const hasPort = /:\d*$/.test(place) && !place.endsWith(']');
  const authority = readAuthority(hasPort ? place : `${place}:${DEFAULT_PORTS[scheme]}`);
  if (!authority) throw new Refusal(400, 'The address must name a host, and a port that exists.');
  if (scheme === 'http' && isIntercepted(authority.host)) {
    throw new Refusal(
      400,
      `${authority.host} answers over HTTPS only: begin the URL with https://.`,
    );
  }
  demandHttpsPort(authority);
  return { ...authority, scheme, path: path.startsWith('?') ? `/${path}` : path };
}

/** Refuses other ports of an intercepted host: no request to such a host leaves this machine. */
function demandHttpsPort(authority: Authority): void {
  const { host, port } = authority;
  if (!isIntercepted(host) || port === HTTPS_PORT) return;
  if (host === 'api.twilio.com' && answererOf(authority, { offline: false }) === 'tls_test') return;
  throw new Refusal(403, `Tieline answers for ${host} on port 443 only, not on ${port}.`);
}

/**
 * Checks whether the user allowed a host that is not intercepted, and reports the host.
 * @throws Refusal 403 with --offline, unless the host is this machine
 */
export function demandPassage(
  host: string,
  offline: boolean,
  notice: (sentence: string) => void,
): void {
  if (offline && !isLoopback(host)) {
    notice(refusedSentence(host));
    throw offlineRefusal(host);
  }
  if (isOfTwilio(host)) notice(passedSentence(host));
}

/** The answer to a program in place of a host that --offline refuses. */
export function offlineRefusal(host: string): Refusal {
  const sentence = `Tieline runs with --offline, and ${host} is not one of its hosts.`;
  return new Refusal(403, sentence, isOfTwilio(host) ? FORBIDDEN : null);
}

/** The notice about a host that --offline refuses. */
export function refusedSentence(host: string): string {
  return `The program asked for ${host}, which --offline refuses.`;
}

/** The notice about a host that Tieline does not stand in for. */
export function passedSentence(host: string): string {
  return `${host} is a part of Twilio that Tieline does not have: the program talks to the real one.`;
}
