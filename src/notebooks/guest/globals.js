// The globals of cells: console, timers, dialogs, load, URL. Only the function `host` leads out of
// the sandbox. It takes a name and JSON and returns JSON. Cells cannot reach it.
(host, values) => {
  const { parse, stringify } = JSON;
  const { defineProperty } = Object;
  const { then } = Promise.prototype;
  const { resolve } = Promise;
  const apply = Reflect.apply;
  const evaluate = globalThis.eval;
  const textOf = String;
  const ErrorClass = Error;
  const PromiseClass = Promise;

  // A property descriptor inherits from Object.prototype, which cells may change. Without a
  // prototype the descriptor has only these fields.
  const property = (target, name, value, enumerable) =>
    defineProperty(target, name, {
      __proto__: null,
      value,
      enumerable,
      writable: true,
      configurable: true,
    });
  const hidden = (target, name, value) => property(target, name, value, false);
  const call = (name, payload) => {
    const { value, error } = parse(host(name, stringify(payload)));
    if (!error) return value;
    throw hidden(new ErrorClass(error.message), 'name', error.name);
  };

  const global = (name, value) => {
    try {
      hidden(globalThis, name, value);
    } catch {
      // A cell may have frozen the global. Then the cell's value stays.
    }
  };

  // Receives the errors of callbacks. `watch` replaces this function.
  let uncaught = () => {};
  const watch = (told) => {
    uncaught = told;
  };
  const later = (run, given) => {
    apply(then, apply(resolve, PromiseClass, []), [
      () => {
        try {
          apply(run, undefined, given);
        } catch (error) {
          uncaught(error);
        }
      },
    ]);
  };
  // Returns the result of `make`. With a callback, the callback gets the result or the error later.
  const answering = (done, make) => {
    if (typeof done !== 'function') return make();
    let given;
    try {
      given = [null, make()];
    } catch (error) {
      given = [error];
    }
    later(done, given);
    return undefined;
  };

  // QuickJS gives stacks only to its own errors, but assertion errors of chai also need one.
  const hasStack = typeof ErrorClass.captureStackTrace === 'function';
  if (!hasStack) {
    hidden(ErrorClass, 'captureStackTrace', (target) => {
      hidden(target, 'stack', new ErrorClass().stack);
    });
  }

  const log =
    (level) =>
    (...said) => {
      call('log', { level, text: values.say(said) });
    };
  const console = {
    log: log('log'),
    info: log('info'),
    debug: log('log'),
    warn: log('warn'),
    error: log('error'),
  };
  global('console', console);

  // The timers of cells. The engine sleeps until the next one is due.
  const timers = [];
  let last_timer = 0;
  const addTimer = (run, wait, again, given) => {
    if (typeof run !== 'function') throw new TypeError('A timer takes a function');
    last_timer += 1;
    const ms = wait > 0 ? +wait : 0;
    timers[timers.length] = {
      id: last_timer,
      due: call('now', null) + ms,
      run,
      given,
      again: again ? ms : null,
    };
    return last_timer;
  };
  const removeTimer = (id) => {
    for (let at = 0; at < timers.length; at += 1) {
      if (timers[at].id === id) {
        for (let next = at; next < timers.length - 1; next += 1) timers[next] = timers[next + 1];
        timers.length -= 1;
        return;
      }
    }
  };
  global('setTimeout', (run, wait, ...given) => addTimer(run, wait, false, given));
  global('setInterval', (run, wait, ...given) => addTimer(run, wait, true, given));
  global('clearTimeout', removeTimer);
  global('clearInterval', removeTimer);
  global('queueMicrotask', (run) => later(run, []));

  const firstTimer = () => {
    let first = null;
    for (let at = 0; at < timers.length; at += 1) {
      if (first === null || timers[at].due < first.due) first = timers[at];
    }
    return first;
  };
  const nextTimer = () => {
    const first = firstTimer();
    return first === null ? null : first.due;
  };
  const fireTimer = (now) => {
    const first = firstTimer();
    if (first === null || first.due > now) return;
    if (first.again === null) removeTimer(first.id);
    else first.due = now + (first.again > 1 ? first.again : 1);
    apply(first.run, undefined, first.given);
  };

  global('prompt', (message, suggestion) =>
    call('dialog', {
      kind: 'prompt',
      message: message === undefined ? '' : textOf(message),
      suggestion: suggestion === undefined ? null : textOf(suggestion),
    }),
  );
  global('confirm', (message) =>
    call('dialog', { kind: 'confirm', message: message === undefined ? '' : textOf(message) }),
  );
  global('alert', (message) => {
    call('dialog', { kind: 'alert', message: message === undefined ? '' : textOf(message) });
  });

  const load = (url, done) =>
    answering(done, () => {
      evaluate(call('load', { url: textOf(url) }));
    });

  const { encode, decode } = {
    encode: (text) => call('base64', { encode: textOf(text) }),
    decode: (text) => call('base64', { decode: textOf(text) }),
  };
  global('btoa', (text) => encode(text));
  global('atob', (text) => decode(text));

  class URLSearchParams {
    #pairs;
    constructor(init = '') {
      if (typeof init === 'string') this.#pairs = call('query', { text: init });
      else if (init instanceof URLSearchParams) this.#pairs = [...init];
      else if (Array.isArray(init))
        this.#pairs = init.map(([name, value]) => [textOf(name), textOf(value)]);
      else this.#pairs = Object.entries(init).map(([name, value]) => [name, textOf(value)]);
    }
    append(name, value) {
      this.#pairs.push([textOf(name), textOf(value)]);
    }
    delete(name) {
      this.#pairs = this.#pairs.filter(([key]) => key !== textOf(name));
    }
    get(name) {
      return this.getAll(name)[0] ?? null;
    }
    getAll(name) {
      return this.#pairs.filter(([key]) => key === textOf(name)).map(([, value]) => value);
    }
    has(name) {
      return this.getAll(name).length > 0;
    }
    set(name, value) {
      const first = this.#pairs.find(([key]) => key === textOf(name));
      if (!first) return this.append(name, value);
      first[1] = textOf(value);
      this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== first[0]);
    }
    *keys() {
      for (const [name] of this.#pairs) yield name;
    }
    *values() {
      for (const [, value] of this.#pairs) yield value;
    }
    *entries() {
      for (const [name, value] of this.#pairs) yield [name, value];
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    forEach(run) {
      for (const [name, value] of this.#pairs) run(value, name, this);
    }
    toString() {
      return call('query', { pairs: this.#pairs });
    }
  }
  global('URLSearchParams', URLSearchParams);

  class URL {
    constructor(url, base) {
      const parts = call('url', {
        url: textOf(url),
        base: base === undefined ? null : textOf(base),
      });
      const { search, ...rest } = parts;
      Object.assign(this, rest, { search, searchParams: new URLSearchParams(search) });
    }
    static canParse(url, base) {
      try {
        return Boolean(new URL(url, base));
      } catch {
        return false;
      }
    }
    toString() {
      return this.href;
    }
    toJSON() {
      return this.href;
    }
  }
  global('URL', URL);

  // The original API Notebook ran in a browser window, so old notebooks call `window.confirm`.
  global('window', globalThis);
  global('self', globalThis);

  return { call, load, nextTimer, fireTimer, property, hidden, global, answering, watch };
};
