// `API` makes clients from descriptions. Every segment of a path is a step: a name is a property,
// and a parameter is a method. The last step has the declared verbs.
(kit) => {
  const { call, hidden, answering } = kit;
  const { parse, stringify } = JSON;
  const { entries, assign } = Object;
  const textOf = String;
  const escape = encodeURIComponent;
  const ProxyClass = Proxy;
  const reflectGet = Reflect.get;

  const SECRET = '********';
  const VERBS = ['get', 'head', 'put', 'post', 'patch', 'delete'];
  const REPLACED = ['body', 'baseUri', 'baseUriParameters', 'proxy', 'beforeSend'];
  const MERGED = ['query', 'headers', 'uriParameters'];
  /** The description, settings and credentials' id of each client. */
  const known = new WeakMap();

  const isObject = (value) => value !== null && typeof value === 'object';
  const property = (target, name, value) => kit.property(target, name, value, true);

  // Makes `a=1&b=2`. A list repeats its name. A value that is not plain is sent empty.
  const plain = (value) =>
    ['string', 'number', 'boolean', 'bigint'].includes(typeof value) ? textOf(value) : '';
  const formOf = (fields) =>
    entries(fields)
      .flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value]).map((one) => [name, one]),
      )
      .map(([name, value]) => `${escape(name)}=${escape(plain(value))}`)
      .join('&');
  const queryOf = (query) =>
    typeof query === 'string' ? query.replace(/^\?/, '') : isObject(query) ? formOf(query) : '';
  const parsedQuery = (query) =>
    typeof query === 'string' ? Object.fromEntries(new URLSearchParams(query)) : (query ?? {});
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

  const lower = (headers) =>
    Object.fromEntries(
      entries(headers).map(([name, value]) => [name.toLowerCase(), textOf(value)]),
    );
  const bare = (type) => type.split(';', 1)[0].trim().toLowerCase();
  const isJson = (type) => type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type);

  const serialise = (body, type) => {
    if (isJson(bare(type))) return stringify(body);
    if (bare(type) === 'application/x-www-form-urlencoded') return formOf(body);
    throw new TypeError(
      `A body of the type "${type}" cannot be made of an object: give it as text`,
    );
  };
  const bodyOf = (headers, declared, body) => {
    if (['string', 'number', 'boolean', 'bigint'].includes(typeof body)) {
      return {
        headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
        body: textOf(body),
      };
    }
    const type = headers['content-type'] ?? declared ?? 'application/json';
    const typed = { ...headers, 'content-type': type };
    return {
      headers: typed,
      body: body === undefined || body === null ? null : serialise(body, type),
    };
  };

  const read = (text, type) => {
    const trimmed = text.trim();
    if (trimmed === '') return undefined;
    if (isJson(type)) {
      try {
        return parse(trimmed);
      } catch (error) {
        throw new TypeError(`The response is not the JSON that it says it is: ${error.message}`);
      }
    }
    if (type === 'application/x-www-form-urlencoded') return parsedQuery(trimmed);
    return trimmed;
  };

  const send = (client, method, path, declared, given, config) => {
    const { api, config: own, auth } = known.get(client);
    const settings = { ...own, ...config };
    for (const name of MERGED) {
      const [mine, theirs] = [own[name], config?.[name]];
      settings[name] =
        name === 'query'
          ? { ...parsedQuery(mine), ...parsedQuery(theirs) }
          : { ...mine, ...theirs };
    }
    const reads = method === 'get' || method === 'head';
    if (reads && given !== undefined) assign(settings.query, parsedQuery(given));
    const body = reads ? undefined : (given ?? settings.body);
    const base = settings.baseUri ?? api.base_uri;
    const parameters = {
      version: api.version,
      ...api.base_uri_parameters,
      ...settings.baseUriParameters,
    };
    const query = queryOf(settings.query);
    const url = `${template(base, parameters).replace(/\/$/, '')}${path}${query === '' ? '' : `?${query}`}`;
    const request = {
      method: method.toUpperCase(),
      url,
      ...bodyOf(lower({ accept: '*/*', ...settings.headers }), declared, body),
      auth,
    };
    if (typeof settings.beforeSend === 'function') settings.beforeSend(request);
    const { status, headers, text, request: sent, duration_ms } = call('http', request);
    const received = lastOf(headers);
    const response = {
      body: read(text, bare(received['content-type'] ?? '')),
      status,
      headers: received,
    };
    hidden(response, 'raw', text);
    hidden(response, 'request', sent);
    hidden(response, 'durationMs', duration_ms);
    return response;
  };
  const lastOf = (headers) => {
    const found = {};
    for (const [name, value] of headers) found[name.toLowerCase()] = value;
    return found;
  };

  // The callback is the last argument, and the arguments before it are optional.
  const argumentsOf = ([body, config, done]) => {
    if (typeof body === 'function') return { done: body };
    return typeof config === 'function' ? { body, done: config } : { body, config, done };
  };

  const addVerbs = (target, client, path, verbs) => {
    for (const [verb, declared] of entries(verbs)) {
      property(target, verb, (...given) => {
        const { body, config, done } = argumentsOf(given);
        return answering(done, () => send(client, verb, path, declared ?? undefined, body, config));
      });
    }
  };

  // A missing member is undefined, as in any object. The host remembers the last missing member, so
  // that the error of a failed cell can name it.
  const watched = (target, label) => {
    const look = (step, name, self) => {
      if (typeof name === 'string' && !(name in step)) {
        call('missed', { step: label, name });
      }
      return reflectGet(step, name, self);
    };
    return new ProxyClass(target, { __proto__: null, get: look });
  };

  const stepOf = (client, method, path, values, label) => {
    const segment = method.parameters.map(({ name, only }, at) => {
      const value =
        at < values.length
          ? values[at]
          : (known.get(client).config.uriParameters?.[name] ?? only ?? undefined);
      if (value === undefined && at >= values.length) {
        throw new TypeError(
          `${method.name}() needs a value for "${name}": give it, or set uriParameters`,
        );
      }
      return value ? escape(textOf(value)) : '';
    });
    const below = `${path}/${method.prefix}${segment.join('')}`;
    return addSteps({}, client, method.node, below, `${label}.${method.name}(…)`);
  };

  const addSteps = (target, client, node, path, label) => {
    addVerbs(target, client, path, node.verbs);
    if (node.extension) {
      const withExtension = (extension) => {
        const end = {};
        addVerbs(
          end,
          client,
          `${path}.${textOf(extension).replace(/^\./, '')}`,
          node.extension.verbs,
        );
        return watched(end, `${label}.${textOf(extension).replace(/^\./, '')}`);
      };
      property(target, 'extension', withExtension);
      for (const value of node.extension.values)
        property(target, value.replace(/^\./, ''), withExtension(value));
    }
    for (const { name, node: inner } of node.members) {
      property(target, name, addSteps({}, client, inner, `${path}/${name}`, `${label}.${name}`));
    }
    for (const method of node.methods) {
      const step = (...values) => stepOf(client, method, path, values, label);
      // A name can be both a path segment and a parameter. Then the step is a function with
      // members.
      const member = Object.getOwnPropertyDescriptor(target, method.name)?.value;
      property(target, method.name, member ? assign(step, member) : step);
    }
    return watched(target, label);
  };

  const makeClient = (api, config, alias) => {
    const client = (path, parameters = {}) => {
      const end = {};
      const verbs = Object.fromEntries(VERBS.map((verb) => [verb, null]));
      addVerbs(end, client, `/${template(textOf(path), parameters).replace(/^\//, '')}`, verbs);
      return end;
    };
    known.set(client, { api, config: { ...config }, auth: null });
    const made = addSteps(client, client, api.root, '', alias);
    known.set(made, known.get(client));
    return made;
  };

  const place = (alias, client) => {
    const names = textOf(alias).split('.');
    const last = names.pop();
    let at = globalThis;
    for (const name of names) {
      if (!isObject(at[name]) && typeof at[name] !== 'function') at[name] = {};
      at = at[name];
    }
    at[last] = client;
  };

  const createClient = (alias, url, config, done) => {
    if (typeof config === 'function') return createClient(alias, url, {}, config);
    return answering(done, () => {
      if (typeof alias !== 'string' || alias.trim() === '') {
        throw new TypeError('API.createClient takes a name for the client first, such as "client"');
      }
      if (typeof url !== 'string' || url === '') {
        throw new TypeError('API.createClient takes the address of a RAML description second');
      }
      place(alias, makeClient(call('raml', { url }), config, alias));
      return `${alias} is ready: a path such as /Accounts/{AccountSid} is ${alias}.Accounts.AccountSid(…)`;
    });
  };

  const stateOf = (client) => {
    const state = typeof client === 'function' ? known.get(client) : undefined;
    if (!state) throw new TypeError('This takes a client that API.createClient made');
    return state;
  };
  const setting = (name) => {
    if (![...REPLACED, ...MERGED].includes(name)) {
      throw new TypeError(
        `A client has no setting "${name}": it has ${[...MERGED, ...REPLACED].join(', ')}`,
      );
    }
    return name;
  };

  // The host asks the user for missing credentials. The password stays with the host.
  const authenticate = (client, method, options, done) => {
    if (typeof method === 'function') return authenticate(client, undefined, {}, method);
    if (isObject(method)) return authenticate(client, undefined, method, options);
    if (typeof options === 'function') return authenticate(client, method, {}, options);
    return answering(done, () => {
      const state = stateOf(client);
      if (method !== undefined && !/^basic$/i.test(textOf(method))) {
        throw new TypeError(
          `There is no way to authenticate called "${textOf(method)}": use "basic"`,
        );
      }
      const { username = null, password = null } = options ?? {};
      const { id, username: found } = call('authenticate', {
        username: username === null ? null : textOf(username),
        password: password === null ? null : textOf(password),
      });
      state.auth = id;
      return { username: found, password: SECRET };
    });
  };

  return {
    createClient,
    authenticate,
    set: (client, name, value) => {
      stateOf(client).config[setting(name)] = value;
      return value;
    },
    get: (client, name) => stateOf(client).config[setting(name)],
    unset: (client, name) => delete stateOf(client).config[setting(name)],
  };
};
