import type { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Credentials } from '../../access/authenticate.ts';
import type { Caller, Tenant } from '../../access/principal.ts';
import type { Config } from '../../config.ts';
import { ApiError } from '../../kit/api-error.ts';
import { isIpv6, networkOf, PEER_BITS } from '../../kit/network.ts';

/** The limit of one account in production, unless the operator sets another. */
export const DEFAULT_REQUESTS_PER_SECOND = 100;
/** The window in which requests are counted. It lets short bursts pass. */
export const WINDOW_SECONDS = 5;
/** Refused credentials that one peer may send in a second. */
export const FAILURES_PER_SECOND = 50;
/** Pages that one peer may open in a second without signing in. */
export const VISITS_PER_SECOND = 20;
/** Pages that a signed-in person may open in a second, counting the logos on them. */
export const PAGES_PER_SECOND = 50;
/** Requests of one tenant that may be in progress at the same time. */
export const CONCURRENT_REQUESTS = 100;
/** Good credentials that are remembered; the next one replaces the oldest. */
const MAX_KNOWN = 10_000;

/**
 * Prevents one tenant from using up the server (docs/threats.md, T43). The limits are counted in
 * this process, by the real clock. They decide how fast a caller may be, never which caller has
 * access.
 *
 * A request counts for the account whose token or key it carries, and for the tenant, which is the
 * main account above it. A Connect app's requests count for its grant and for the app's owner, so
 * that no app uses up its customers' limits. An account's limit is its own
 * `max_requests_per_second`, or the default. Development has no default limit.
 *
 * Refused credentials count for the peer's address. `X-Forwarded-For` is only believed from proxies
 * that the operator names, because any client can write it. Behind any other proxy all peers have
 * one address. Credentials that were good at their last use are therefore not held up by the
 * failures of other peers.
 */
export interface RateLimits {
  /**
   * Calls `ask` to identify the caller, unless this peer sent too many wrong credentials.
   * @throws ApiError 429/20429 without calling `ask`, or the error that `ask` throws.
   */
  authenticated(
    peer: string | undefined,
    credentials: Credentials,
    ask: () => Promise<Caller>,
  ): Promise<Caller>;
  /**
   * Counts a request of a caller. It is in progress until the returned object is disposed of.
   * @throws ApiError 429/20429
   */
  begin(caller: Caller): Promise<Disposable>;
  /**
   * Counts a page for the signed-in person, or else for the visitor's network. Pages are limited
   * because opening one may write to the database.
   * @param pages how many pages it counts as
   * @throws ApiError 429/20429
   */
  visited(peer: string | undefined, person_sid: string | null, pages?: number): Promise<void>;
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
    async visited(peer, person_sid, pages = 1) {
      if (standard === null) return;
      if (person_sid !== null) {
        await counter.spend(`pages ${person_sid}`, PAGES_PER_SECOND, pages);
        return;
      }
      for (const { name, times } of networksOf(peer)) {
        await counter.spend(`visit ${name}`, VISITS_PER_SECOND * times, pages);
      }
    },
  };
}

/** For a request that counts for no tenant. */
const UNCOUNTED: Disposable = { [Symbol.dispose]: () => {} };

/**
 * Counts one more request of a tenant, until it is disposed of.
 * @throws ApiError 429/20429 when the tenant already has `CONCURRENT_REQUESTS` in progress.
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
  /** Refuses when the count has reached the limit. */
  readonly demandBelow: (key: string, perSecond: number) => Promise<void>;
  /** Counts one more, or `points`, and refuses when the count is above the limit. */
  readonly spend: (key: string, perSecond: number, points?: number) => Promise<void>;
}

/**
 * Counts by key. Each key has its own windows. A timer forgets an unused key when its window ends,
 * and the timer does not keep the process alive.
 */
function openCounter(): Counter {
  let limiter: Promise<RateLimiterMemory> | undefined;
  // The library is loaded for the first count, because a development server counts nothing.
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
    async spend(key, perSecond, points = 1) {
      // `penalty` counts without a limit. The check follows, because each account has its own limit.
      const { consumedPoints, msBeforeNext } = await (await open()).penalty(key, points);
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
  return new ApiError(429, 20429, 'Too Many Requests', { headers });
}

/** Credentials that were good at their last use. They are still checked on each request. */
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

/** Networks that are counted, and their limits as multiples of the limit of one IPv6 /64. */
const NETWORKS = [
  { bits: PEER_BITS, times: 1 },
  { bits: { ipv4: 32, ipv6: 56 }, times: 4 },
  { bits: { ipv4: 32, ipv6: 48 }, times: 16 },
];

/** The networks of an address. The owner of one IPv6 address has 2^64 of them, and often 2^80. */
function networksOf(address: string | undefined) {
  const wide = isIpv6(address) ? NETWORKS : NETWORKS.slice(0, 1);
  return wide.map(({ bits, times }) => ({ name: networkOf(address, bits), times }));
}
