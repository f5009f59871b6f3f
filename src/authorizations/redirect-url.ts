const REDIRECT_BASE = 'http://localhost';

/** The names of the parameters that Tieline adds. */
export const RESERVED: ReadonlySet<string> = new Set([
  'AccountSid',
  'state',
  'error',
  'Timestamp',
  'Nonce',
  'Signature',
]);

/** The parameters of a URL: pairs of the decoded name and the text as it is written. */
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
 * The address to which a customer's browser is redirected after consent. It has the registered
 * URL's own query and fragment, the link's extra query and the given parameters. Parameters of the
 * registered URL with a reserved name are removed, so that only Tieline's own have these names.
 * `keep` leaves them in, for a URL that this function made.
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
