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

/** What an absolute request asks for. */
export interface Target extends Authority {
  readonly scheme: 'http' | 'https';
  /** Path and query as they were sent. */
  readonly path: string;
}

const DEFAULT_PORTS = { http: 80, https: HTTPS_PORT } as const;
/** Twilio's code for what a known caller may not do. */
const FORBIDDEN = 20403;
const ABSOLUTE = /^(https?):\/\/([^/?#\\]*)([/?].*)?$/i;

/**
 * Where a CONNECT request wants to go.
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
 * What a request of another method asks the proxy for.
 * @throws Refusal 400 for anything but an address with a host and without a user, and for what
 *   Twilio answers over HTTPS only
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

/** Nothing goes out to a host that is intercepted, so on other ports there is nobody. */
function demandHttpsPort(authority: Authority): void {
  const { host, port } = authority;
  if (!isIntercepted(host) || port === HTTPS_PORT) return;
  if (host === 'api.twilio.com' && answererOf(authority, false) === 'tls_test') return;
  throw new Refusal(403, `Tieline answers for ${host} on port 443 only, not on ${port}.`);
}

/**
 * Holds other hosts to what the user allowed, and tells the user.
 * @throws Refusal 403 with --offline, but for this machine
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

/** What a program is answered in the place of a host that --offline refuses. */
export function offlineRefusal(host: string): Refusal {
  const sentence = `Tieline runs with --offline, and ${host} is not one of its hosts.`;
  return new Refusal(403, sentence, isOfTwilio(host) ? FORBIDDEN : null);
}

/** What the user is told of a host that --offline refuses. */
export function refusedSentence(host: string): string {
  return `The program asked for ${host}, which --offline refuses.`;
}

/** What the user is told of a host that Tieline does not stand in for. */
export function passedSentence(host: string): string {
  return `${host} is a part of Twilio that Tieline does not have: the program talks to the real one.`;
}
