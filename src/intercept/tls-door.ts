import type { Duplex } from 'node:stream';
import { createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls';
import type { EpochMs } from '../kit/utc.ts';
import type { Authority } from './authority.ts';
import { isIntercepted, nameOf, PLAIN_HOSTS } from './hosts.ts';

const HANDSHAKE_MS = 10_000;
/** Certificates for regional hosts that are kept; the grammar allows more names than anybody has. */
const MAX_CONTEXTS = 64;
const MIN_VERSION = 'TLSv1.2';
/** OpenSSL's codes for the alerts by which a client says that it trusts no such certificate. */
const DISTRUST = /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|ACCESS_DENIED)/;

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
  enter(socket: Duplex): void;
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
      if (!isRegional) return done(null, plain);
      contextFor(host).then((context) => done(null, context), done);
    },
  });
  const heard = new Set<string>();
  server.on('secureConnection', (socket: TLSSocket) => {
    const host = hostOf(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => { console.error('closed', host, socket.bytesRead);
      if (socket.bytesRead > 0) heard.add(host);
      // Some clients look at the certificate only when TLS is there, and leave without a word.
      else if (!heard.has(host)) notice(distrustOf(host));
    });
    accept(socket);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {console.error(error.code, hostOf(socket));
    if (DISTRUST.test(error.code ?? '')) notice(distrustOf(hostOf(socket)));
    socket.destroy();
  });
  return { enter: (socket) => void server.emit('connection', socket) };
}

/** The host that the client named in its TLS. */
function hostOf({ servername }: TLSSocket): string {
  const host = typeof servername === 'string' ? nameOf(servername) : '';
  return isIntercepted(host) ? host : "Twilio's hosts";
}

function distrustOf(host: string): string {
  return (
    `A program does not trust Tieline's certificate for ${host}: let it read one of the variables ` +
    'SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE and NODE_EXTRA_CA_CERTS, which are set.'
  );
}

function contextOf({ certificate, key }: Authority['leaf']): SecureContext {
  return createSecureContext({ cert: certificate, key, minVersion: MIN_VERSION });
}

async function makeContext(
  { ca }: Authority,
  host: string,
  now: EpochMs,
): Promise<SecureContext> {
  const { makeLeaf } = await import('./certificates.ts');
  return contextOf(await makeLeaf(ca, [host], now));
}
