import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type Server,
  type TLSSocket,
} from 'node:tls';
import type { EpochMs } from '../kit/utc.ts';
import type { Authority } from './authority.ts';
import { watchDistrust } from './distrust.ts';
import { isOfTwilio, nameOf, PLAIN_HOSTS } from './hosts.ts';
import { loadCertificates } from './load-certificates.ts';

const HANDSHAKE_MS = 10_000;
/** The most certificates for regional hosts in memory; the grammar allows far more names. */
const MAX_CONTEXTS = 64;
/** The most hosts that are remembered as having carried requests. */
const MAX_HOSTS = 1_000;
/** The type of the first record of TLS (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;
const MIN_VERSION = 'TLSv1.2';
/**
 * The errors of a client that does not trust the certificate: one of these alerts, in OpenSSL's
 * words, or a connection that ends in the middle.
 */
const DISTRUST = /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|ACCESS_DENIED)|ECONNRESET/;

/** The parts of the door. */
export interface DoorParts {
  readonly authority: Authority;
  readonly now: () => EpochMs;
  /** Takes a connection that starts without TLS. */
  readonly acceptPlain: (connection: Duplex) => void;
  /** Receives notices for the user, as sentences. */
  readonly notice: (sentence: string) => void;
}

/**
 * Takes a connection after its TLS was terminated here.
 * @param host the host that the client named in its TLS; null when it named none
 */
type TakeOver = (connection: Duplex, host: string | null) => void;

/** Terminates the TLS of connections to intercepted hosts. */
export interface TlsDoor {
  /**
   * Makes a function that takes connections which start with a client's first TLS record.
   * @param accept takes them over
   * @param hear receives the host that a client names, before the client sees its certificate
   */
  entrance(accept: TakeOver, hear?: (host: string) => void): (socket: Socket) => void;
  /** Reports at once the clients that seem not to trust the CA. */
  settle(): void;
}

/**
 * Opens a door with the authority's certificates. The certificate of the plain hosts exists
 * already; one for another host below twilio.com is made when the first client names that host.
 */
export function openTlsDoor({ authority, now, acceptPlain, notice }: DoorParts): TlsDoor {
  const contextFor = contextSource(authority, now);
  const { carry, distrust } = watchUse(notice);
  const serverOf = (accept: TakeOver, hear: (host: string) => void = () => {}): Server => {
    const server = createServer({
      key: authority.leaf.key,
      cert: authority.leaf.certificate,
      minVersion: MIN_VERSION,
      handshakeTimeout: HANDSHAKE_MS,
      ALPNProtocols: ['http/1.1'],
      SNICallback: (servername, done) => {
        hear(nameOf(servername));
        void answer(contextFor(nameOf(servername)), done);
      },
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      const host = hostOf(socket);
      socket.allowHalfOpen = true;
      socket.on('error', () => socket.destroy());
      if (host !== null && isOfTwilio(host)) carry(socket, host);
      accept(socket, host);
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      const host = hostOf(socket);
      const isDistrust = DISTRUST.test(error.code ?? '');
      if (host !== null && isOfTwilio(host) && isDistrust) distrust.ended(host, 'alert');
      socket.destroy();
    });
    return server;
  };
  return {
    settle: () => distrust.settle(),
    entrance(accept, hear) {
      const server = serverOf(accept, hear);
      return (socket) => {
        // Without this, a client that leaves during the TLS handshake would not be noticed.
        socket.allowHalfOpen = false;
        const leave = () => socket.destroy();
        socket.setTimeout(HANDSHAKE_MS, leave);
        socket.once('end', leave);
        socket.once('data', (first: Buffer) => {
          socket.setTimeout(0).off('timeout', leave).off('end', leave).pause();
          socket.unshift(first);
          if (first[0] !== TLS_HANDSHAKE) return acceptPlain(socket);
          server.emit('connection', socket);
        });
      };
    },
  };
}

/** Counts the connections that carry requests, so that a client which works is not reported. */
function watchUse(notice: DoorParts['notice']) {
  const open = new Map<TLSSocket, string>();
  const used = new Map<string, number>();
  const usedFor = (host: string): number =>
    [...open].filter(([one, its]) => one.bytesRead > 0 && its === host).length +
    (used.get(host) ?? 0);
  const distrust = watchDistrust(usedFor, notice);
  const carry = (socket: TLSSocket, host: string) => {
    open.set(socket, host);
    socket.once('close', () => {
      open.delete(socket);
      // Some clients check the certificate after the handshake, and leave without an alert.
      // Browsers also leave in this way with a spare connection.
      if (socket.bytesRead === 0) return distrust.ended(host, 'silence');
      if (used.has(host) || used.size < MAX_HOSTS) used.set(host, (used.get(host) ?? 0) + 1);
    });
  };
  return { carry, distrust };
}

/** The host that the client named in its TLS; null when it named none. */
function hostOf({ servername }: TLSSocket): string | null {
  const host = typeof servername === 'string' ? nameOf(servername) : '';
  return host === '' ? null : host;
}

/** Certificates by host, each made once. */
function contextSource(authority: Authority, now: () => EpochMs) {
  const plain = Promise.resolve(contextOf(authority.leaf));
  const contexts = new Map<string, Promise<SecureContext>>();
  return (host: string): Promise<SecureContext> => {
    if (!isOfTwilio(host) || PLAIN_HOSTS.some((one) => one === host)) return plain;
    const known = contexts.get(host);
    if (known) return known;
    if (contexts.size >= MAX_CONTEXTS) contexts.clear();
    const made = makeContext(authority, host, now());
    contexts.set(host, made);
    return made;
  };
}

async function answer(
  context: Promise<SecureContext>,
  done: (error: Error | null, context?: SecureContext) => void,
): Promise<void> {
  try {
    done(null, await context);
  } catch (error) {
    done(error as Error);
  }
}

function contextOf({ certificate, key }: Authority['leaf']): SecureContext {
  return createSecureContext({ cert: certificate, key, minVersion: MIN_VERSION });
}

async function makeContext({ ca }: Authority, host: string, now: EpochMs): Promise<SecureContext> {
  const { makeLeaf } = await loadCertificates();
  return contextOf(await makeLeaf(ca, [host], now));
}
