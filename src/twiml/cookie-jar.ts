import { Cookie, CookieJar } from 'tough-cookie';
import type { EpochMs } from '../kit/utc.ts';

/** The owner of cookies: one call or conversation, with the URLs of one app or of the account. */
export interface Conversation {
  readonly account_sid: string;
  readonly root_sid: string;
  /** The SID of a call; for messages the account's number, a space, and the other number. */
  readonly conversation: string;
  /** The grant of the app that gave the URLs; null when the account gave them. */
  readonly url_by_grant: string | null;
}

/** The longest life of a cookie, and the life of one without an expiry. */
export const COOKIE_MS = 4 * 60 * 60 * 1_000;
/** The most cookies of one conversation, over all hosts. The oldest ones are dropped. */
export const MAX_COOKIES = 50;
/** The most characters of names and values: in one cookie, and in a whole conversation. */
const MAX_COOKIE_LENGTH = 4_096;
export const MAX_JAR_LENGTH = 8_192;

/** The cookies that one answer sets. */
export interface Taken {
  readonly url: string;
  readonly set_cookies: readonly string[];
}

/**
 * The cookies of a conversation, by the rules of a browser. Unlike in a browser, a cookie goes back
 * only to the host that set it, and a `Domain` does not change that. Invalid cookies are ignored.
 */
export class Cookies {
  readonly #jar: CookieJar;
  readonly #taken: Taken[] = [];

  /** @param kept the stored result of `text`; null when there is none */
  constructor(kept: string | null) {
    this.#jar = kept === null ? new CookieJar() : CookieJar.deserializeSync(kept);
  }

  /** The cookies that answers set since this jar was opened. */
  get taken(): readonly Taken[] {
    return this.#taken;
  }

  /** The header for a request; null when no cookie fits. */
  headerFor(url: string, now: EpochMs): string | null {
    // The request itself reports an invalid URL.
    if (!URL.canParse(url)) return null;
    // The jar alone would use the clock of the machine.
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

  /** The whole jar as text; null when it is empty. */
  text(): string | null {
    const { cookies } = this.#jar.serializeSync() ?? {};
    return cookies?.length ? JSON.stringify(this.#jar.serializeSync()) : null;
  }

  #set(header: string, url: string, now: EpochMs): void {
    const cookie = Cookie.parse(header);
    if (!cookie || cookie.key === '' || lengthOf(cookie) > MAX_COOKIE_LENGTH) return;
    const expires = cookie.expiryTime(new Date(now)) ?? Number.POSITIVE_INFINITY;
    cookie.maxAge = null;
    // A cookie to delete expires at minus infinity, which is not a valid date.
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
