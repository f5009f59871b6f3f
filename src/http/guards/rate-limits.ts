import type { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Credentials } from '../../access/authenticate.ts';
import type { Caller, Tenant } from '../../access/principal.ts';
import type { Config } from '../../config.ts';
import { ApiError } from '../../kit/api-error.ts';
import { isIpv6, networkOf, PEER_BITS } from '../../kit/network.ts';

/** What one account may send in production, unless the operator says otherwise. */
export const DEFAULT_REQUESTS_PER_SECOND = 100;
/** Requests are counted over so many seconds, so that a burst of a few seconds' worth passes. */
export const WINDOW_SECONDS = 5;
/** Credentials that one peer may have refused in a second. */
export const FAILURES_PER_SECOND = 50;
/** Pages that one peer may open in a second before anybody signs in. */
export const VISITS_PER_SECOND = 20;
/** Pages that somebody who is signed in may open in a second, the logos on them included. */
export const PAGES_PER_SECOND = 50;
/** Requests of one tenant that are being answered at a time. */
export const CONCURRENT_REQUESTS = 100;
/** Credentials that are remembered as good; the oldest is forgotten for the next. */
const MAX_KNOWN = 10_000;

/**
 * Keeps one tenant from taking the server from the others (docs/threats.md, T43). Limits are counted
 * in this process and by the real clock; they decide how fast, never who.
 *
 * A request counts for the account whose credentials it carries, tokens and keys alike, and for
 * the tenant, which is the main account above it. A Connect app's requests count for its grant
 * and for the app's owner, so that no app uses up what its customers may send. Each limit is
 * the account's own `max_requests_per_second`, or the default, which is none in development.
 *
 * Credentials that are refused count for the peer's address. `X-Forwarded-For` is anybody's to
 * write, and is believed only of the proxies that the operator names. Behind any other proxy
 * all peers are one; that is why credentials which were good when they were last used are not
 * held up by the failures of others.
 */
export interface RateLimits {
  /**
   * Asks who is calling, unless too many credentials of this peer have been refused.
   * @throws ApiError 429/20429 before anything is asked, or what `ask` throws.
   */
  authenticated(
    peer: string | undefined,
    credentials: Credentials,
    ask: () => Promise<Caller>,
  ): Promise<Caller>;
  /**
   * Counts a request of a caller, which is under way until what this returns is disposed of.
   * @throws ApiError 429/20429
   */
  begin(caller: Caller): Promise<Disposable>;
  /**
   * Counts a page for the person who is signed in, wherever they are, or else for the visitor's
   * network: opening one may write something down.
   * @throws ApiError 429/20429
   */
  visited(peer: string | undefined, person_sid: string | null): Promise<void>;
}

export function openRateLimits(config: Pick<Config, 'mode' | 'requestsPerSecond'>): RateLimits {
  const byMode = config.mode === 'production' ? DEFAULT_REQUESTS_PER_SECOND : 0;
  const set = config.requestsPerSecond ?? byMode;
  const standard = set === 0 ? null : set;
  const counter = openCounter();
  const inFlight = new Map<string, number>();
  const known = openKnown();
  const authenticatedOf: RateLimits['authenticated'] = async (peer, credentials, ask) => {
    const isKnown = known.has(credentials);
    const networks = networksOf(peer);
    if (!isKnown) {
      for (const { name, times } of networks) {
        await counter.demandBelow(`peer ${name}`, FAILURES_PER_SECOND * times);
      }
    }
    try {
      const principal = await ask();
      known.add(credentials);
      return principal;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        known.delete(credentials);
        for (const { name } of networks) await counter.add(`peer ${name}`);
      }
      throw error;
    }
  };
  return {
    authenticated(peer, credentials, ask) {
      return standard === null ? ask() : authenticatedOf(peer, credentials, ask);
    },
    async begin(caller) {
      const { account, tenant } = caller;
      const own = account.max_requests_per_second ?? standard;
      const ofTenant = tenant.max_requests_per_second ?? standard;
      const credential = caller.kind === 'connect_app' ? caller.grant_sid : account.sid;
      if (own !== null && credential !== tenant.sid) await counter.spend(credential, own);
      if (ofTenant === null) return UNCOUNTED;
      await counter.spend(tenant.sid, ofTenant);
      return oneOfFew(inFlight, tenant);
    },
    async visited(peer, person_sid) {
      if (standard === null) return;
      if (person_sid !== null) {
        await counter.spend(`pages ${person_sid}`, PAGES_PER_SECOND);
        return;
      }
      for (const { name, times } of networksOf(peer)) {
        await counter.spend(`visit ${name}`, VISITS_PER_SECOND * times);
      }
    },
  };
}

/** A request that counts for no tenant. */
const UNCOUNTED: Disposable = { [Symbol.dispose]: () => {} };

/**
 * Counts one more request of a tenant, until it is disposed of.
 * @throws ApiError 429/20429 when the tenant has as many requests under way as it may.
 */
function oneOfFew(inFlight: Map<string, number>, { sid }: Tenant): Disposable {
  const others = inFlight.get(sid) ?? 0;
  if (others >= CONCURRENT_REQUESTS) throw tooManyRequests(1);
  inFlight.set(sid, others + 1);
  return {
    [Symbol.dispose]() {
      const left = (inFlight.get(sid) ?? 1) - 1;
      if (left === 0) inFlight.delete(sid);
      else inFlight.set(sid, left);
    },
  };
}

interface Counter {
  /** Counts one more. */
  readonly add: (key: string) => Promise<void>;
  /** Refuses when as many were counted as may be. */
  readonly demandBelow: (key: string, perSecond: number) => Promise<void>;
  /** Counts one more, and refuses when it is one too many. */
  readonly spend: (key: string, perSecond: number) => Promise<void>;
}

/**
 * Counts by key, each in windows of its own. A key that is not used again is forgotten when
 * its window ends, by a timer that keeps no process alive.
 */
function openCounter(): Counter {
  let limiter: Promise<RateLimiterMemory> | undefined;
  // Loaded when the first thing is counted: a development server has nothing to count.
  const open = () => (limiter ??= openLimiter());
  return {
    async add(key) {
      await (await open()).penalty(key);
    },
    async demandBelow(key, perSecond) {
      const found = await (await open()).get(key);
      if (!found || found.msBeforeNext <= 0) return;
      if (found.consumedPoints >= perSecond * WINDOW_SECONDS) {
        throw tooManyRequests(found.msBeforeNext / 1000);
      }
    },
    async spend(key, perSecond) {
      // A penalty counts without judging, because each account has a limit of its own.
      const { consumedPoints, msBeforeNext } = await (await open()).penalty(key);
      if (consumedPoints > perSecond * WINDOW_SECONDS) throw tooManyRequests(msBeforeNext / 1000);
    },
  };
}

async function openLimiter(): Promise<RateLimiterMemory> {
  const { RateLimiterMemory } = await import('rate-limiter-flexible');
  return new RateLimiterMemory({ points: 0, duration: WINDOW_SECONDS, keyPrefix: '' });
}

function tooManyRequests(seconds: number): ApiError {
  const headers = { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) };
  return new ApiError(429, 20429, 'Too Many Requests', headers);
}

/** Credentials that were good when they were last used. They still have to prove it. */
function openKnown() {
  const known = new Set<string>();
  const nameOf = ({ username, digest }: Credentials): string => `${username} ${digest}`;
  return {
    has: (credentials: Credentials): boolean => known.has(nameOf(credentials)),
    delete: (credentials: Credentials): void => void known.delete(nameOf(credentials)),
    add(credentials: Credentials): void {
      const name = nameOf(credentials);
      known.delete(name);
      known.add(name);
      const [oldest] = known;
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    },
  };
}

/** An address of IPv4, and how many times the limit of one /64 its wider networks of IPv6 have. */
const NETWORKS = [
  { bits: PEER_BITS, times: 1 },
  { bits: { ipv4: 32, ipv6: 56 }, times: 4 },
  { bits: { ipv4: 32, ipv6: 48 }, times: 16 },
];

/** The networks that an address stands for: one address of IPv6 comes with 2^64, and often with 2^80. */
function networksOf(address: string | undefined) {
  const wide = isIpv6(address) ? NETWORKS : NETWORKS.slice(0, 1);
  return wide.map(({ bits, times }) => ({ name: networkOf(address, bits), times }));
}
