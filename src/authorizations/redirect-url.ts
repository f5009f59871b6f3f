const REDIRECT_BASE = 'http://localhost';

/** The names of what an answer says. */
export const RESERVED: ReadonlySet<string> = new Set([
  'AccountSid',
  'state',
  'error',
  'Timestamp',
  'Nonce',
  'Signature',
]);

/** The parameters of a URL as they are written, each after its name. */
export function partsOfQuery(url: string): (readonly [name: string, part: string])[] {
  const [, query = ''] = /^[^?#]*\?([^#]*)/s.exec(url) ?? [];
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = ''] = new URL(`?${part}`, REDIRECT_BASE).searchParams.keys();
      return [name, part] as const;
    });
}

/**
 * The address that a customer's browser is sent to after consent: the registered URL with its
 * own query and fragment, what the link may add to its query, and the given parameters. Parameters
 * of the URL that have one of our names go, so that nothing but the answer speaks with them;
 * `keep` leaves them, for a URL that this function made.
 */
export function redirectUrl(
  registered: string,
  parameters: Readonly<Record<string, string>>,
  {
    extra_query = null,
    reserved = 'remove',
  }: { readonly extra_query?: string | null; readonly reserved?: 'remove' | 'keep' } = {},
): string {
  const [, base = '', fragment = ''] = /^([^?#]*)(?:\?[^#]*)?(#.*)?$/s.exec(registered) ?? [];
  const kept = partsOfQuery(registered)
    .filter(([name]) => reserved === 'keep' || !RESERVED.has(name))
    .map(([, part]) => part);
  const extra = extra_query === null ? [] : [extra_query];
  const added = new URLSearchParams(parameters).toString();
  return `${base}?${[...kept, ...extra, added].join('&')}${fragment}`;
}
