// @ts-check
/** @import { ClientState, Fields, HttpAnswer, Kit, Requests, Settings } from './guest-types.ts' */

// Requests of a client: the address, the query, the body, and the response that is made of them.

const { parse, stringify } = JSON;
const { entries, assign } = Object;
const textOf = String;
const escape = encodeURIComponent;

const SCALARS = new Set(['string', 'number', 'boolean', 'bigint']);

/** @type {Kit} */
let kit;

/** @type {(value: unknown) => boolean} */
const isScalar = (value) => SCALARS.has(typeof value);
/** @type {(value: unknown) => value is object} */
const isObject = (value) => value !== null && typeof value === 'object';

/**
 * A value of a query or a form. A value that is not plain is sent empty.
 * @type {(value: unknown) => string}
 */
const plain = (value) => (isScalar(value) ? textOf(value) : '');
/**
 * Makes `a=1&b=2`. A list repeats its name.
 * @type {(fields: object) => string}
 */
const formOf = (fields) =>
  entries(fields)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one]))
    .map(([name, value]) => `${escape(name)}=${escape(plain(value))}`)
    .join('&');
/** @type {(query: unknown) => string} */
const queryOf = (query) => {
  if (typeof query === 'string') return query.replace(/^\?/, '');
  return isObject(query) ? formOf(query) : '';
};
/** @type {(query: any) => Fields} */
const parsedQuery = (query) =>
  typeof query === 'string' ? Object.fromEntries(new URLSearchParams(query)) : (query ?? {});

/** @type {(text: string, parameters: Fields) => string} */
const template = (text, parameters) =>
  text.replace(/\{([^{}]+)\}/g, (_, name) => {
    const value = parameters[name];
    if (value === undefined || value === null) {
      throw new TypeError(
        `"${name}" has no value in ${text}: set it in baseUriParameters or uriParameters`,
      );
    }
    return escape(textOf(value));
  });

/** @type {(headers: object) => Record<string, string>} */
const lower = (headers) =>
  Object.fromEntries(entries(headers).map(([name, value]) => [name.toLowerCase(), textOf(value)]));
/** @type {(type: string) => string} */
const bare = (type) => /** @type {string} */ (type.split(';', 1)[0]).trim().toLowerCase();
/** @type {(type: string) => boolean} */
const isJson = (type) => type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type);

/** @type {(body: object, type: string) => string} */
const serialise = (body, type) => {
  if (isJson(bare(type))) return stringify(body);
  if (bare(type) === 'application/x-www-form-urlencoded') return formOf(body);
  throw new TypeError(`A body of the type "${type}" cannot be made of an object: give it as text`);
};

/**
 * The headers and the body of a request.
 * @param {Record<string, string>} headers
 * @param {string | undefined} declared the type that the description names
 * @param {any} body
 * @returns {{ headers: Record<string, string>, body: string | null }}
 */
const bodyOf = (headers, declared, body) => {
  if (isScalar(body)) {
    return {
      headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
      body: textOf(body),
    };
  }
  const type = headers['content-type'] ?? declared ?? 'application/json';
  return {
    headers: { ...headers, 'content-type': type },
    body: body === undefined || body === null ? null : serialise(body, type),
  };
};

/** @type {(text: string, type: string) => unknown} */
const read = (text, type) => {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (isJson(type)) {
    try {
      return parse(trimmed);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      // A cause would be shown to the reader with the error.
      // oxlint-disable-next-line eslint/preserve-caught-error
      throw new TypeError(`The response is not the JSON that it says it is: ${message}`);
    }
  }
  if (type === 'application/x-www-form-urlencoded') return parsedQuery(trimmed);
  return trimmed;
};

/**
 * The settings of one request: its own in the place of the client's, or merged with them.
 * @type {(own: Settings, given: Settings | undefined) => Settings & { query: Fields }}
 */
const settingsOf = (own, given) => ({
  ...own,
  ...given,
  query: { ...parsedQuery(own.query), ...parsedQuery(given?.query) },
  headers: { ...own.headers, ...given?.headers },
  uriParameters: { ...own.uriParameters, ...given?.uriParameters },
});

/** @type {(state: ClientState, settings: Settings, path: string) => string} */
const urlOf = ({ api }, settings, path) => {
  const parameters = {
    version: api.version,
    ...api.base_uri_parameters,
    ...settings.baseUriParameters,
  };
  const query = queryOf(settings.query);
  const base = template(settings.baseUri ?? api.base_uri, parameters).replace(/\/$/, '');
  return `${base}${path}${query === '' ? '' : `?${query}`}`;
};

/** @type {(headers: [string, string][]) => Record<string, string>} */
const lastOf = (headers) => {
  /** @type {Record<string, string>} */
  const found = {};
  for (const [name, value] of headers) found[name.toLowerCase()] = value;
  return found;
};

/** @type {(answer: HttpAnswer) => object} */
const responseOf = ({ status, headers, text, request, duration_ms }) => {
  const received = lastOf(headers);
  const response = {
    body: read(text, bare(received['content-type'] ?? '')),
    status,
    headers: received,
  };
  kit.hidden(response, 'raw', text);
  kit.hidden(response, 'request', request);
  kit.hidden(response, 'durationMs', duration_ms);
  return response;
};

/** @type {Requests['send']} */
const send = (state, { method, path, declared }, given, config) => {
  const settings = settingsOf(state.config, config);
  const reads = method === 'get' || method === 'head';
  if (reads && given !== undefined) assign(settings.query, parsedQuery(given));
  const body = reads ? undefined : (given ?? settings.body);
  const request = {
    method: method.toUpperCase(),
    url: urlOf(state, settings, path),
    ...bodyOf(lower({ accept: '*/*', ...settings.headers }), declared, body),
    auth: state.auth,
  };
  if (typeof settings.beforeSend === 'function') settings.beforeSend(request);
  return responseOf(kit.call('http', request));
};

/** @type {(givenKit: Kit) => Requests} */
export const open = (givenKit) => {
  kit = givenKit;
  return { send, template };
};
