// @ts-check
/** @import { Api, ApiMethod, ApiNode, ClientState, Kit, Requests, Settings } from './guest-types.ts' */

// `API` makes clients from descriptions. Every segment of a path is a step: a name is a property,
// and a parameter is a method. The last step has the declared verbs.

const { entries, assign, getOwnPropertyDescriptor } = Object;
const textOf = String;
const escape = encodeURIComponent;
const ProxyClass = Proxy;
const reflectGet = Reflect.get;

const SECRET = '********';
/** The settings that a request replaces, and those that it adds to. */
const REPLACED = ['body', 'baseUri', 'baseUriParameters', 'proxy', 'beforeSend'];
const MERGED = ['query', 'headers', 'uriParameters'];

/** @type {Kit} */
let kit;
/** @type {Requests} */
let requests;
/**
 * The methods of HTTP, as the host knows them.
 * @type {readonly string[]}
 */
let verbs_of_http = [];
/**
 * The description, settings and credentials' id of each client.
 * @type {WeakMap<object, ClientState>}
 */
const known = new WeakMap();

/** @type {(value: unknown) => value is object} */
const isObject = (value) => value !== null && typeof value === 'object';
/** @type {(client: object) => ClientState} */
const stateOfKnown = (client) => /** @type {ClientState} */ (known.get(client));

/**
 * The arguments of a verb. The callback is the last, and the arguments before it are optional.
 * @type {(given: any[]) => { body?: unknown, config?: Settings, done?: unknown }}
 */
const argumentsOf = ([body, config, done]) => {
  if (typeof body === 'function') return { done: body };
  return typeof config === 'function' ? { body, done: config } : { body, config, done };
};

/** @type {(target: object, client: object, path: string, verbs: ApiNode['verbs']) => void} */
const addVerbs = (target, client, path, verbs) => {
  for (const [method, type] of entries(verbs)) {
    const verb = { method, path, declared: type ?? undefined };
    /** @type {(...given: unknown[]) => unknown} */
    const send = (...given) => {
      const { body, config, done } = argumentsOf(given);
      return kit.answering(done, () => requests.send(stateOfKnown(client), verb, body, config));
    };
    kit.property(target, method, send);
  }
};

/**
 * Watches a step. A missing member is undefined, as in any object. The host remembers the last
 * missing member, so that the error of a failed cell can name it.
 * @template {object} Target
 * @param {Target} target
 * @param {string} label
 * @returns {Target}
 */
const watched = (target, label) => {
  /** @type {(step: Target, name: string | symbol, self: unknown) => unknown} */
  const look = (step, name, self) => {
    if (typeof name === 'string' && !(name in step)) {
      kit.call('missed', { step: label, name });
    }
    return reflectGet(step, name, self);
  };
  const handler = /** @type {ProxyHandler<Target>} */ ({ __proto__: null, get: look });
  return new ProxyClass(target, handler);
};

/**
 * A step: its client, its path, and its name in errors.
 * @typedef {{ client: object, path: string, label: string }} Step
 */

/** @type {(step: Step, method: ApiMethod, values: unknown[]) => object} */
const stepOf = ({ client, path, label }, method, values) => {
  const { config } = stateOfKnown(client);
  const segment = method.parameters.map(({ name, only }, at) => {
    const value =
      at < values.length ? values[at] : (config.uriParameters?.[name] ?? only ?? undefined);
    if (value === undefined && at >= values.length) {
      throw new TypeError(
        `${method.name}() needs a value for "${name}": give it, or set uriParameters`,
      );
    }
    return value ? escape(textOf(value)) : '';
  });
  const below = `${path}/${method.prefix}${segment.join('')}`;
  return addSteps({}, method.node, { client, path: below, label: `${label}.${method.name}(…)` });
};

/** @type {(target: object, extension: NonNullable<ApiNode['extension']>, step: Step) => void} */
const addExtension = (target, { verbs, values }, { client, path, label }) => {
  /** @type {(extension: unknown) => object} */
  const withExtension = (extension) => {
    const end = {};
    const suffix = textOf(extension).replace(/^\./, '');
    addVerbs(end, client, `${path}.${suffix}`, verbs);
    return watched(end, `${label}.${suffix}`);
  };
  kit.property(target, 'extension', withExtension);
  for (const value of values) {
    kit.property(target, value.replace(/^\./, ''), withExtension(value));
  }
};

/** @type {(target: object, node: ApiNode, step: Step) => object} */
const addSteps = (target, node, step) => {
  const { client, path, label } = step;
  addVerbs(target, client, path, node.verbs);
  if (node.extension) addExtension(target, node.extension, step);
  for (const { name, node: inner } of node.members) {
    const below = { client, path: `${path}/${name}`, label: `${label}.${name}` };
    kit.property(target, name, addSteps({}, inner, below));
  }
  for (const method of node.methods) {
    /** @type {(...values: unknown[]) => object} */
    const next = (...values) => stepOf(step, method, values);
    // A name can be both a path segment and a parameter. Then the step is a function with members.
    const member = getOwnPropertyDescriptor(target, method.name)?.value;
    kit.property(target, method.name, member ? assign(next, member) : next);
  }
  return watched(target, label);
};

/** @type {(api: Api, config: Settings | undefined, alias: string) => object} */
const makeClient = (api, config, alias) => {
  /** @type {(path: unknown, parameters?: Record<string, unknown>) => object} */
  const client = (path, parameters = {}) => {
    const end = {};
    const verbs = Object.fromEntries(verbs_of_http.map((verb) => [verb, null]));
    const below = requests.template(textOf(path), parameters).replace(/^\//, '');
    addVerbs(end, client, `/${below}`, verbs);
    return end;
  };
  /** @type {ClientState} */
  const state = { api, config: { ...config }, auth: null };
  known.set(client, state);
  const made = addSteps(client, api.root, { client, path: '', label: alias });
  known.set(made, state);
  return made;
};

/** @type {(alias: string, client: object) => void} */
const place = (alias, client) => {
  const names = alias.split('.');
  const last = /** @type {string} */ (names.pop());
  /** @type {any} */
  let at = globalThis;
  for (const name of names) {
    if (!isObject(at[name]) && typeof at[name] !== 'function') at[name] = {};
    at = at[name];
  }
  at[last] = client;
};

/** @type {(alias: unknown, url: unknown, config?: any, done?: unknown) => unknown} */
const createClient = (alias, url, config, done) => {
  if (typeof config === 'function') return createClient(alias, url, {}, config);
  return kit.answering(done, () => {
    if (typeof alias !== 'string' || alias.trim() === '') {
      throw new TypeError('API.createClient takes a name for the client first, such as "client"');
    }
    if (typeof url !== 'string' || url === '') {
      throw new TypeError('API.createClient takes the address of a RAML description second');
    }
    place(alias, makeClient(kit.call('raml', { url }), config, alias));
    return `${alias} is ready: a path such as /Accounts/{AccountSid} is ${alias}.Accounts.AccountSid(…)`;
  });
};

/** @type {(client: unknown) => ClientState} */
const stateOf = (client) => {
  const state = typeof client === 'function' ? known.get(client) : undefined;
  if (!state) throw new TypeError('This takes a client that API.createClient made');
  return state;
};
/** @type {(name: any) => keyof Settings} */
const setting = (name) => {
  if (![...REPLACED, ...MERGED].includes(name)) {
    throw new TypeError(
      `A client has no setting "${name}": it has ${[...MERGED, ...REPLACED].join(', ')}`,
    );
  }
  return name;
};

/**
 * Authenticates a client. The host asks the user for missing credentials. The password stays with
 * the host.
 * @type {(client: unknown, method?: any, options?: any, done?: unknown) => unknown}
 */
const authenticate = (client, method, options, done) => {
  if (typeof method === 'function') return authenticate(client, undefined, {}, method);
  if (isObject(method)) return authenticate(client, undefined, method, options);
  if (typeof options === 'function') return authenticate(client, method, {}, options);
  return kit.answering(done, () => {
    const state = stateOf(client);
    if (method !== undefined && !/^basic$/i.test(textOf(method))) {
      throw new TypeError(
        `There is no way to authenticate called "${textOf(method)}": use "basic"`,
      );
    }
    const { username = null, password = null } = options ?? {};
    const { id, username: found } = kit.call('authenticate', {
      username: username === null ? null : textOf(username),
      password: password === null ? null : textOf(password),
    });
    state.auth = id;
    return { username: found, password: SECRET };
  });
};

const API = {
  createClient,
  authenticate,
  /** @type {(client: unknown, name: unknown, value: any) => unknown} */
  set: (client, name, value) => {
    stateOf(client).config[setting(name)] = value;
    return value;
  },
  /** @type {(client: unknown, name: unknown) => unknown} */
  get: (client, name) => stateOf(client).config[setting(name)],
  /** @type {(client: unknown, name: unknown) => boolean} */
  unset: (client, name) => delete stateOf(client).config[setting(name)],
};

/** @type {(givenKit: Kit, givenRequests: Requests, verbs: readonly string[]) => typeof API} */
export const open = (givenKit, givenRequests, verbs) => {
  kit = givenKit;
  requests = givenRequests;
  verbs_of_http = verbs;
  return API;
};
