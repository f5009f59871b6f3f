import { createHmac } from 'node:crypto';
import type { App } from '../../app.ts';
import type { Act } from '../../audit/act.ts';
import { isShared, networkOf } from '../../kit/network.ts';
import { digestOf, type KeyRing, sameDigest } from '../../kit/seal.ts';
import { isKnownNetwork, keepNetworks, writeKnownNetwork } from './known-network-store.ts';

/**
 * A place from which a person has signed in before: a browser, known by a signed cookie, or a
 * network. Each has its own count of failures, so failures of strangers elsewhere do not delay the
 * person there.
 */
export type KnownPlace =
  | { readonly kind: 'browser'; readonly id: string }
  | { readonly kind: 'network' };

/** The longest time that browsers keep a cookie. */
export const BROWSER_SECONDS = 400 * 24 * 3_600;
/** The most networks of one person, and the time for which each is kept after its last sign-in. */
export const MAX_KNOWN_NETWORKS = 20;
export const KNOWN_NETWORK_MS = 90 * 24 * 3_600_000;

const ID_BYTES = 16;
/** The most people of one browser. */
const MAX_PEOPLE = 5;
/** An id, and a signature for each person who signed in with it. */
const COOKIE = /^[A-Za-z0-9_-]{22}(?:\.[A-Za-z0-9_-]{43}){1,5}$/;

/** The bits of an address that name its network. */
export const NETWORK_BITS = { ipv4: 24, ipv6: 64 };

interface Somewhere {
  readonly app: App;
  /** The address of the peer. */
  readonly network: string;
  readonly cookies: { readonly browser?: string };
}

/** The known place of an attempt; null when the person has not signed in there before. */
export async function findKnownPlace(
  { app, network, cookies }: Somewhere,
  person_sid: string,
): Promise<KnownPlace | null> {
  const { id, signatures } = readCookie(cookies.browser);
  const own = signatureOf(app.keyRing, id, person_sid);
  // The query runs in every case, so that the time of the answer tells nothing.
  const since = app.realNow() - KNOWN_NETWORK_MS;
  const isHome = await isKnownNetwork(
    app.database.db,
    person_sid,
    digestIn(person_sid, network),
    since,
  );
  if (signatures.some((signature) => sameDigest(signature, own))) return { kind: 'browser', id };
  return isHome ? { kind: 'network' } : null;
}

/**
 * Remembers the place of a complete sign-in.
 * @returns the new value of the browser's cookie
 */
export async function rememberPlace(
  { app, tx }: Pick<Act, 'app' | 'tx'>,
  { network, cookies }: Omit<Somewhere, 'app'>,
  person_sid: string,
): Promise<string> {
  // An address that may belong to a proxy is shared by many people.
  if (!isShared(network)) {
    const date_seen = app.realNow();
    await writeKnownNetwork(tx, { person_sid, network: digestIn(person_sid, network), date_seen });
    await keepNetworks(tx, person_sid, MAX_KNOWN_NETWORKS);
  }
  const known = readCookie(cookies.browser);
  const id = known.id || app.randomBytes(ID_BYTES).toString('base64url');
  const own = signatureOf(app.keyRing, id, person_sid);
  const others = known.signatures.filter((signature) => signature !== own);
  return [id, own, ...others.slice(0, MAX_PEOPLE - 1)].join('.');
}

function readCookie(cookie = ''): { readonly id: string; readonly signatures: readonly string[] } {
  if (!COOKIE.test(cookie)) return { id: '', signatures: [] };
  const [id = '', ...signatures] = cookie.split('.');
  return { id, signatures };
}

function signatureOf(keyRing: KeyRing, id: string, person_sid: string): string {
  const key = keyRing.derive('known browsers', 32);
  return createHmac('sha256', key).update(`${id}|${person_sid}`).digest('base64url');
}

/** The digest of a network, so that the database does not show the places of people. */
function digestIn(person_sid: string, address: string): string {
  return digestOf(`${person_sid}|${networkOf(address, NETWORK_BITS)}`);
}
