import { partsOfQuery, RESERVED } from '../authorizations/redirect-url.ts';
import { isWebUrl, URL_LENGTH } from '../http/parameters/fields.ts';

/** The parts of a link's parameter `cb` that are used. */
export interface Callback {
  /** The unchanged query that the app's address gets beside the answer. */
  readonly extra_query: string | null;
  /** The state in the query, for a link without a state of its own. */
  readonly state: string | null;
  /** The address that is ignored, without possible secrets. */
  readonly ignored_cb: string | null;
}

const NOTHING: Callback = { extra_query: null, state: null, ignored_cb: null };
const NO_ADDRESS = 'a text that is no http or https address';

/**
 * Reads the parameter `cb` of a link. Some programs write their own address into `cb` and need its
 * query back. Customers still go to the registered Authorize URL, because anybody can write a link,
 * and a link must not choose the receiver of an answer. If `cb` has the same origin and path, its
 * query is added, without the parameters of the registered URL and without ours.
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
