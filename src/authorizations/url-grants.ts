/**
 * Whose the URLs of a thing are: `url_grants` of its row says by the names of its URLs which app gave
 * one, by the app's grant. A URL without an entry is the account's own.
 */

interface WithGrants {
  readonly url_grants: string;
}

type UrlGrants = Readonly<Record<string, string>>;

function readGrants({ url_grants }: WithGrants): UrlGrants {
  return JSON.parse(url_grants) as UrlGrants;
}

/** The grant of the app that gave a URL; null: the account itself did. */
export function grantOf(thing: WithGrants, url: string): string | null {
  return readGrants(thing)[url] ?? null;
}

/** Whose the URLs are once somebody has given some of them, or cleared them. */
export function grantsAfter<Url extends string>(
  urls: readonly Url[],
  before: WithGrants,
  given: Partial<Record<Url, string | null>>,
  grant_sid: string | null,
): WithGrants {
  const grants: Record<string, string> = { ...readGrants(before) };
  for (const name of urls) {
    const value = given[name];
    if (value === undefined) continue;
    if (value === null || grant_sid === null) delete grants[name];
    else grants[name] = grant_sid;
  }
  return { url_grants: JSON.stringify(grants) };
}
