// @ts-check
/** @import { Kit, Timer, Values } from './guest-types.ts' */

// The globals of cells: console, timers, dialogs and load. `urls.js` adds those of URLs. Only the
// function `host` leads out of the sandbox. It takes a name and JSON and returns JSON. Cells cannot
// reach it.

const { parse, stringify } = JSON;
const { defineProperty } = Object;
const { then } = Promise.prototype;
const { resolve } = Promise;
const apply = Reflect.apply;
// A cell may load a script, which is why the sandbox is there.
// oxlint-disable-next-line eslint/no-eval
const evaluate = globalThis.eval;
const textOf = String;
const ErrorClass = Error;
const PromiseClass = Promise;

/** @type {(name: string, payload: string) => string} */
let host;

/**
 * Defines a property. A descriptor inherits from Object.prototype, which cells may change. Without
 * a prototype the descriptor has only these fields.
 * @type {<Target extends object>(target: Target, name: string, own: { value: unknown, enumerable: boolean }) => Target}
 */
const define = (target, name, { value, enumerable }) =>
  defineProperty(
    target,
    name,
    /** @type {PropertyDescriptor} */ ({
      __proto__: null,
      value,
      enumerable,
      writable: true,
      configurable: true,
    }),
  );
/** @type {Kit['property']} */
const property = (target, name, value) => define(target, name, { value, enumerable: true });
/** @type {Kit['hidden']} */
const hidden = (target, name, value) => define(target, name, { value, enumerable: false });
/** @type {Kit['call']} */
const call = (name, payload) => {
  const { value, error } = parse(host(name, stringify(payload)));
  if (!error) return value;
  throw hidden(new ErrorClass(error.message), 'name', error.name);
};

/** @type {Kit['global']} */
const global = (name, value) => {
  try {
    hidden(globalThis, name, value);
  } catch {
    // A cell may have frozen the global. Then the cell's value stays.
  }
};

/**
 * Receives the errors of callbacks. `watch` replaces this function.
 * @type {(error: unknown) => void}
 */
let uncaught = () => {};
/** @type {Kit['watch']} */
const watch = (told) => {
  uncaught = told;
};
/** @type {(run: Function, given: unknown[]) => void} */
const later = (run, given) => {
  void apply(then, apply(resolve, PromiseClass, []), [
    () => {
      try {
        apply(run, undefined, given);
      } catch (error) {
        uncaught(error);
      }
    },
  ]);
};
/**
 * Returns the result of `make`. With a callback, the callback gets the result or the error later.
 * @type {Kit['answering']}
 */
const answering = (done, make) => {
  if (typeof done !== 'function') return make();
  /** @type {unknown[]} */
  let given;
  try {
    given = [null, make()];
  } catch (error) {
    given = [error];
  }
  later(done, given);
  return undefined;
};

/** QuickJS gives stacks only to its own errors, but assertion errors of chai also need one. */
const addStacks = () => {
  if (typeof Reflect.get(ErrorClass, 'captureStackTrace') === 'function') return;
  /** @type {(target: object) => void} */
  const captureStackTrace = (target) => {
    hidden(target, 'stack', new ErrorClass().stack);
  };
  hidden(ErrorClass, 'captureStackTrace', captureStackTrace);
};

/** @type {(values: Values) => object} */
const consoleOf = (values) => {
  /** @type {(level: string) => (...said: unknown[]) => void} */
  const log =
    (level) =>
    (...said) => {
      call('log', { level, text: values.say(said) });
    };
  return {
    log: log('log'),
    info: log('info'),
    debug: log('log'),
    warn: log('warn'),
    error: log('error'),
  };
};

/**
 * The timers of cells. The engine sleeps until the next one is due.
 * @type {Timer[]}
 */
const timers = [];
let last_timer = 0;
/** @type {(run: unknown, wait: any, more: { again: boolean, given: unknown[] }) => number} */
const addTimer = (run, wait, { again, given }) => {
  if (typeof run !== 'function') throw new TypeError('A timer takes a function');
  last_timer += 1;
  const ms = wait > 0 ? +wait : 0;
  timers[timers.length] = {
    id: last_timer,
    due: call('now', null) + ms,
    run: /** @type {Timer['run']} */ (run),
    given,
    again: again ? ms : null,
  };
  return last_timer;
};
/** @type {(id: unknown) => void} */
const removeTimer = (id) => {
  for (let at = 0; at < timers.length; at += 1) {
    if (timers[at]?.id === id) {
      for (let next = at; next < timers.length - 1; next += 1) {
        timers[next] = /** @type {Timer} */ (timers[next + 1]);
      }
      timers.length -= 1;
      return;
    }
  }
};
/** @type {(run: unknown, wait: unknown, ...given: unknown[]) => number} */
const setTimeout = (run, wait, ...given) => addTimer(run, wait, { again: false, given });
/** @type {(run: unknown, wait: unknown, ...given: unknown[]) => number} */
const setInterval = (run, wait, ...given) => addTimer(run, wait, { again: true, given });

const firstTimer = () => {
  /** @type {Timer | null} */
  let first = null;
  for (let at = 0; at < timers.length; at += 1) {
    const timer = /** @type {Timer} */ (timers[at]);
    if (first === null || timer.due < first.due) first = timer;
  }
  return first;
};
/** @type {Kit['nextTimer']} */
const nextTimer = () => {
  const first = firstTimer();
  return first === null ? null : first.due;
};
/** @type {Kit['fireTimer']} */
const fireTimer = (now) => {
  const first = firstTimer();
  if (first === null || first.due > now) return;
  if (first.again === null) removeTimer(first.id);
  else first.due = now + (first.again > 1 ? first.again : 1);
  apply(first.run, undefined, first.given);
};

/** @type {(message?: unknown, suggestion?: unknown) => string | null} */
const prompt = (message, suggestion) => {
  const asked = {
    kind: 'prompt',
    message: message === undefined ? '' : textOf(message),
    suggestion: suggestion === undefined ? null : textOf(suggestion),
  };
  return /** @type {string | null} */ (call('dialog', asked));
};
/** @type {(message?: unknown) => boolean} */
const confirm = (message) => {
  const asked = { kind: 'confirm', message: message === undefined ? '' : textOf(message) };
  return /** @type {boolean} */ (call('dialog', asked));
};
/** @type {(message?: unknown) => void} */
const alert = (message) => {
  call('dialog', { kind: 'alert', message: message === undefined ? '' : textOf(message) });
};

/** @type {Kit['load']} */
const load = (url, done) =>
  answering(done, () => {
    evaluate(call('load', { url: textOf(url) }));
  });

const defineTimers = () => {
  global('setTimeout', setTimeout);
  global('setInterval', setInterval);
  global('clearTimeout', removeTimer);
  global('clearInterval', removeTimer);
  /** @type {(run: Function) => void} */
  const queueMicrotask = (run) => later(run, []);
  global('queueMicrotask', queueMicrotask);
};

/** @type {(givenHost: (name: string, payload: string) => string, values: Values) => Kit} */
export const open = (givenHost, values) => {
  host = givenHost;
  addStacks();
  global('console', consoleOf(values));
  defineTimers();
  global('prompt', prompt);
  global('confirm', confirm);
  global('alert', alert);
  // The original API Notebook ran in a browser window, so old notebooks call `window.confirm`.
  global('window', globalThis);
  global('self', globalThis);
  return { call, load, nextTimer, fireTimer, property, hidden, global, answering, watch };
};
