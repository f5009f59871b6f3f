import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls';
import type { EpochMs } from '../kit/utc.ts';
import type { Authority } from './authority.ts';
import { isIntercepted, nameOf, PLAIN_HOSTS } from './hosts.ts';
import { loadCertificates } from './load-certificates.ts';
import { Refusal } from './refusal.ts';

const HANDSHAKE_MS = 10_000;
/** Certificates for regional hosts that are kept; the grammar allows more names than anybody has. */
const MAX_CONTEXTS = 64;
/** The type of the first record of TLS (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;
const NO_TLS = new Refusal(400, 'This host answers over HTTPS only: begin with TLS.');
const MIN_VERSION = 'TLSv1.2';
/**
 * How a client ends that trusts no such certificate: with one of these alerts, in OpenSSL's words,
 * or by leaving in the middle.
 */
const DISTRUST = /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|ACCESS_DENIED)|ECONNRESET/;

/** What the door has to be given. */
export interface DoorParts {
  readonly authority: Authority;
  readonly now: () => EpochMs;
  /** Takes a connection whose TLS has been ended here. */
  readonly accept: (connection: Duplex) => void;
  /** Told what the user should know, in a sentence. */
  readonly notice: (sentence: string) => void;
}

/** Ends the TLS of connections to intercepted hosts. */
export interface TlsDoor {
  /** Takes over a connection that begins with a client's first TLS record. */
  enter(socket: Socket): void;
}

/**
 * Opens a door with the authority's certificates. The plain hosts have theirs at once; one for a
 * regional host is made when the first client names it.
 */
export function openTlsDoor({ authority, now, accept, notice }: DoorParts): TlsDoor {
  const plain = contextOf(authority.leaf);
  const contexts = new Map<string, Promise<SecureContext>>();
  const contextFor = (host: string): Promise<SecureContext> => {
    const known = contexts.get(host);
    if (known) return known;
    if (contexts.size >= MAX_CONTEXTS) contexts.clear();
    const made = makeContext(authority, host, now());
    contexts.set(host, made);
    return made;
  };
  const server = createServer({
    key: authority.leaf.key,
    cert: authority.leaf.certificate,
    minVersion: MIN_VERSION,
    handshakeTimeout: HANDSHAKE_MS,
    ALPNProtocols: ['http/1.1'],
    SNICallback: (servername, done) => {
      const host = nameOf(servername);
      const isRegional = isIntercepted(host) && !PLAIN_HOSTS.some((one) => one === host);
      if (isRegional) void answer(contextFor(host), done);
      else done(null, plain);
    },
  });
  const heard = new Set<string>();
  const open = new Set<TLSSocket>();
  const isHeard = (host: string): boolean =>
    heard.has(host) || [...open].some((one) => one.bytesRead > 0 && hostOf(one) === host);
  server.on('secureConnection', (socket: TLSSocket) => {
    const host = hostOf(socket);
    socket.allowHalfOpen = true;
    socket.on('error', () => socket.destroy());
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      if (host === null) return;
      if (socket.bytesRead > 0) heard.add(host);
      // Some clients look at the certificate only when TLS is there, and leave without a word.
      // So do browsers with a connection that they opened to have it, beside one that they use.
      else if (!isHeard(host)) notice(distrustOf(host));
    });
    accept(socket);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const host = hostOf(socket);
    if (host !== null && DISTRUST.test(error.code ?? '')) notice(distrustOf(host));
    socket.destroy();
  });
  return {
    enter(socket) {
      // Else nobody would see that a client has left before its TLS was there.
      socket.allowHalfOpen = false;
      const leave = () => socket.destroy();
      socket.setTimeout(HANDSHAKE_MS, leave);
      socket.once('end', leave);
      socket.once('data', (first: Buffer) => {
        socket.setTimeout(0).off('timeout', leave).off('end', leave).pause();
        if (first[0] !== TLS_HANDSHAKE) return NO_TLS.writeTo(socket);
        socket.unshift(first);
        server.emit('connection', socket);
      });
    },
  };
}

/** The host that the client named in its TLS; null: it named none of ours. */
function hostOf({ servername }: TLSSocket): string | null {
  const host = typeof servername === 'string' ? nameOf(servername) : '';
  return isIntercepted(host) ? host : null;
}

function distrustOf(host: string): string {
  return (
    `A program ended its TLS with ${host} and seems not to trust Tieline's CA: let it read ` +
    'SSL_CERT_FILE, or what its language has for that (NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, ' +
    'CURL_CA_BUNDLE, JAVA_TOOL_OPTIONS); all of them are set.'
  );
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
