import { Cookie, CookieJar } from 'tough-cookie';
import type { EpochMs } from '../kit/utc.ts';

/** Whose cookies they are: those of one call or one conversation, with one app's or own URLs. */
export interface Conversation {
  readonly account_sid: string;
  /** The SID of a call; for messages the account's number, a space, and the other one. */
  readonly conversation: string;
  /** The grant of the app that gave the URLs; null: the account itself did. */
  readonly url_by_grant: string | null;
}

/** How long a cookie is kept that does not say so, or would be kept longer. */
export const COOKIE_MS = 4 * 60 * 60 * 1_000;
/** Cookies of one conversation, whatever their hosts; the oldest make room. */
export const MAX_COOKIES = 50;
/** Characters of names and values: of one cookie, and of all of a conversation. */
const MAX_COOKIE_LENGTH = 4_096;
export const MAX_JAR_LENGTH = 8_192;

/** What one answer wants kept. */
export interface Taken {
  readonly url: string;
  readonly set_cookies: readonly string[];
}

/**
 * The cookies of a conversation, as a browser keeps them, but that each goes back to the host alone
 * that gave it: a `Domain` widens nothing. What a browser would not take is left out.
 */
export class Cookies {
  readonly #jar: CookieJar;
  readonly #taken: Taken[] = [];

  /** @param kept as `text` gave it; null: none */
  constructor(kept: string | null) {
    this.#jar = kept === null ? new CookieJar() : CookieJar.deserializeSync(kept);
  }

  /** What answers have set since these were opened. */
  get taken(): readonly Taken[] {
    return this.#taken;
  }

  /** The header for a request; null: it has none. */
  headerFor(url: string, now: EpochMs): string | null {
    // Nothing is asked at what is no address; the request says so.
    if (!URL.canParse(url)) return null;
    // The jar would go by the clock of the machine.
    const found = this.#jar
      .getCookiesSync(url, { expire: false })
      .filter((cookie) => (cookie.expiryTime() ?? 0) > now);
    return found.length === 0 ? null : found.map((cookie) => cookie.cookieString()).join('; ');
  }

  take({ url, set_cookies }: Taken, now: EpochMs): void {
    if (set_cookies.length === 0) return;
    this.#taken.push({ url, set_cookies });
    for (const header of set_cookies) this.#set(header, url, now);
    this.#makeRoom(now);
  }

  /** All of it as text; null when there is nothing left. */
  text(): string | null {
    const { cookies } = this.#jar.serializeSync() ?? {};
    return cookies?.length ? JSON.stringify(this.#jar.serializeSync()) : null;
  }

  #set(header: string, url: string, now: EpochMs): void {
    const cookie = Cookie.parse(header);
    if (!cookie || cookie.key === '' || lengthOf(cookie) > MAX_COOKIE_LENGTH) return;
    const expires = cookie.expiryTime(new Date(now)) ?? Number.POSITIVE_INFINITY;
    cookie.maxAge = null;
    // What is to go at once has expired for ever, and there is no such date.
    cookie.expires = new Date(Math.max(0, Math.min(expires, now + COOKIE_MS)));
    const host = URL.parse(url)?.hostname;
    const domain = cookie.cdomain();
    if (domain !== null && domain !== undefined && domain !== host) {
      if (!host?.endsWith(`.${domain}`)) return;
    }
    cookie.domain = null;
    this.#jar.setCookieSync(cookie, url, { now: new Date(now), ignoreError: true });
  }

  #makeRoom(now: EpochMs): void {
    const all = this.#jar.serializeSync()?.cookies ?? [];
    const kept = all
      .map((one) => Cookie.fromJSON(one))
      .filter((cookie) => cookie !== undefined)
      .filter((cookie) => (cookie.expiryTime() ?? 0) > now)
      .toSorted((a, b) => timeOf(b) - timeOf(a));
    let length = 0;
    this.#jar.removeAllCookiesSync();
    for (const cookie of kept.slice(0, MAX_COOKIES)) {
      length += lengthOf(cookie);
      if (length > MAX_JAR_LENGTH) break;
      void this.#jar.store.putCookie(cookie);
    }
  }
}

function lengthOf({ key, value }: Cookie): number {
  return key.length + value.length;
}

function timeOf({ lastAccessed }: Cookie): number {
  return lastAccessed instanceof Date ? lastAccessed.getTime() : 0;
}
