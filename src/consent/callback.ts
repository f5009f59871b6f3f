import { partsOfQuery, RESERVED } from '../authorizations/redirect-url.ts';
import { isWebUrl, URL_LENGTH } from '../http/parameters/fields.ts';

/** What became of the `cb` of a link behind a Connect button. */
export interface Callback {
  /** What the app's address gets beside the answer: a query, as it was written. */
  readonly extra_query: string | null;
  /** The state that it carries, for a link that has none of its own. */
  readonly state: string | null;
  /** The address that was not followed, without what may be secret in it. */
  readonly ignored_cb: string | null;
}

const NOTHING: Callback = { extra_query: null, state: null, ignored_cb: null };
const NO_ADDRESS = 'a text that is no http or https address';

/**
 * Some programs write their own address into the link, as `cb`, and need its query back. Customers
 * go to the registered Authorize URL all the same: a link that anybody can write must not say where
 * an answer goes. The query is taken from a `cb` of the same origin and path, without parameters that
 * the registered URL has itself and without those that are ours.
 */
export function readCallback(registered: string | null, values: readonly string[]): Callback {
  const [cb] = values;
  if (cb === undefined) return NOTHING;
  if (cb.length > URL_LENGTH || !isWebUrl(cb)) return { ...NOTHING, ignored_cb: NO_ADDRESS };
  const { origin, pathname, username, password } = new URL(cb);
  const isPlain = username === '' && password === '';
  if (registered === null || values.length > 1 || !isPlain) return ignored(origin, pathname);
  const own = new URL(registered);
  if (own.origin !== origin || own.pathname !== pathname) return ignored(origin, pathname);
  const taken = new Set([...own.searchParams.keys(), ...RESERVED]);
  const extra = partsOfQuery(cb).filter(([name]) => !taken.has(name));
  return {
    ...NOTHING,
    extra_query: extra.length === 0 ? null : extra.map(([, part]) => part).join('&'),
    state: own.searchParams.has('state') ? null : new URL(cb).searchParams.get('state'),
  };
}

function ignored(origin: string, pathname: string): Callback {
  return { ...NOTHING, ignored_cb: origin + pathname };
}
