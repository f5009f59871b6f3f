/**
 * The owners of a resource's URLs. The column `url_grants` maps the name of a URL to the grant of
 * the app that set it. A URL without an entry was set by the account itself.
 */

interface WithGrants {
  readonly url_grants: string;
}

type UrlGrants = Readonly<Record<string, string>>;

function readGrants({ url_grants }: WithGrants): UrlGrants {
  return JSON.parse(url_grants) as UrlGrants;
}

/** The grant of the app that set a URL; null: the account itself set it. */
export function grantOf(thing: WithGrants, url: string): string | null {
  return readGrants(thing)[url] ?? null;
}

/** The owners of the URLs after a caller has set or cleared some of them. */
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
