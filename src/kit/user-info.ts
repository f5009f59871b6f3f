/**
 * The user name and password in a URL: `https://user:password@host`. Only the account that set them
 * may see them. These functions make the form of the URL for everybody else.
 */

const PASSWORD = /^([^/?#]*\/\/[^/?#:]*):[^/?#]*@/;
const USER_INFO = /^([^/?#]*\/\/)[^/?#]*@/;
const USER_INFO_ANYWHERE = /(\/\/)[^/?#\s"'<>]*@/g;

/** Whether a URL has a user name or a password. */
export function hasUserInfo({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

/** Removes user name and password from a parsed URL. */
export function dropUserInfo(url: URL): void {
  url.username = '';
  url.password = '';
}

/** A URL without its password: `https://user@host`. */
export function withoutPassword(url: string): string {
  return url.replace(PASSWORD, '$1@');
}

/** A URL without user name and password, for texts that are stored. */
export function withoutUserInfo(url: string): string {
  return url.replace(USER_INFO, '$1');
}

/** A text without the user names and passwords of the URLs in it. */
export function withoutUserInfos(text: string): string {
  return text.replaceAll(USER_INFO_ANYWHERE, '$1');
}

/**
 * A URL for the people of its account. If an app set it by a grant, its password belongs to the
 * app, and the customer does not see it either.
 */
export function urlOfGrant<Url extends string | null>(url: Url, grant_sid: string | null): Url {
  return url === null || grant_sid === null ? url : (withoutPassword(url) as Url);
}
