/**
 * The user name and the password that a URL may hold: `https://user:password@host`. They are the
 * business of the account that set them; these functions are how everybody else sees the URL.
 */

const PASSWORD = /^([^/?#]*\/\/[^/?#:]*):[^/?#]*@/;
const USER_INFO = /^([^/?#]*\/\/)[^/?#]*@/;
const USER_INFO_ANYWHERE = /(\/\/)[^/?#\s"'<>]*@/g;

/** Whether a URL holds a user name, a password or both. */
export function hasUserInfo({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

/** Takes user name and password out of a URL that was read. */
export function dropUserInfo(url: URL): void {
  url.username = '';
  url.password = '';
}

/** A URL without its password: `https://user@host`. */
export function withoutPassword(url: string): string {
  return url.replace(PASSWORD, '$1@');
}

/** A URL without user name and password, for what is written down for long. */
export function withoutUserInfo(url: string): string {
  return url.replace(USER_INFO, '$1');
}

/** A text without the user names and passwords of the URLs in it. */
export function withoutUserInfos(text: string): string {
  return text.replaceAll(USER_INFO_ANYWHERE, '$1');
}

/**
 * A URL as its account may read it. What an app set by a grant is a secret of the app's, which
 * the customer does not read either.
 */
export function urlOfGrant<Url extends string | null>(url: Url, grant_sid: string | null): Url {
  return url === null || grant_sid === null ? url : (withoutPassword(url) as Url);
}
