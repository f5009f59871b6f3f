import { createHmac } from 'node:crypto';
import type { App } from '../../app.ts';
import type { Act } from '../../audit/act.ts';
import { isShared, networkOf } from '../../kit/network.ts';
import { digestOf, type KeyRing, sameDigest } from '../../kit/seal.ts';
import { isKnownNetwork, keepNetworks, writeKnownNetwork } from './known-network-store.ts';

/**
 * Places that a person signed in from before: a browser, by a signed cookie, or a network. Failures of
 * strangers elsewhere do not slow them there; each has a count of its own.
 */
export type KnownPlace =
  | { readonly kind: 'browser'; readonly id: string }
  | { readonly kind: 'network' };

/** The longest that browsers keep a cookie. */
export const BROWSER_SECONDS = 400 * 24 * 3_600;
/** Networks of one person that are remembered, and for how long after the last sign-in. */
export const MAX_KNOWN_NETWORKS = 20;
export const KNOWN_NETWORK_MS = 90 * 24 * 3_600_000;

const ID_BYTES = 16;
/** People of one browser. */
const MAX_PEOPLE = 5;
/** An id, and a signature for each person who signed in with it. */
const COOKIE = /^[A-Za-z0-9_-]{22}(?:\.[A-Za-z0-9_-]{43}){1,5}$/;

/** How much of an address is its network. */
export const NETWORK_BITS = { ipv4: 24, ipv6: 64 };

interface Somewhere {
  readonly app: App;
  /** The address of the peer. */
  readonly network: string;
  readonly cookies: { readonly browser?: string };
}

/** The place that somebody tries from, if that person signed in there before. */
export async function findKnownPlace(
  { app, network, cookies }: Somewhere,
  person_sid: string,
): Promise<KnownPlace | null> {
  const { id, signatures } = readCookie(cookies.browser);
  const own = signatureOf(app.keyRing, id, person_sid);
  // Asked in any case, so that the time tells nothing.
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
 * Remembers where a person signed in, all steps done.
 * @returns what the browser's cookie holds from now on.
 */
export async function rememberPlace(
  { app, tx }: Pick<Act, 'app' | 'tx'>,
  { network, cookies }: Omit<Somewhere, 'app'>,
  person_sid: string,
): Promise<string> {
  // An address that may be a proxy's is everybody's.
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

/** Nobody reads in the database where people are. */
function digestIn(person_sid: string, address: string): string {
  return digestOf(`${person_sid}|${networkOf(address, NETWORK_BITS)}`);
}
