// @ts-check
/** @import { Kit, RunningCell, Values } from './guest-types.ts' */

// Runs one cell after the other. It sets `$_` and `$N` for each cell, and knows when a cell ends.

const { then } = Promise.prototype;
const { resolve } = Promise;
const apply = Reflect.apply;
const PromiseClass = Promise;
const TypeErrorClass = TypeError;

/** @type {Kit} */
let kit;
/** @type {Values} */
let values;
/** @type {unknown} */
let api;

/**
 * The running cell. Its state is `waiting` until its promise settles or its `done` is called.
 * @type {RunningCell}
 */
let current = { index: -1, state: 'waiting', value: undefined, by_done: false };
/** @type {unknown[]} */
const results = [];
let named = 0;

/** @type {(value: any) => boolean} */
const isThenable = (value) => {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof value.then === 'function';
};

/** @type {(cell: RunningCell, value: unknown) => void} */
const settled = (cell, value) => {
  if (cell.state !== 'waiting') return;
  cell.state = 'ok';
  cell.value = value;
};

/** @type {(cell: RunningCell, error: unknown) => void} */
const failed = (cell, error) => {
  if (cell.state !== 'waiting') return;
  cell.state = 'failed';
  cell.value = error;
};

/** @type {(wanted: unknown) => void} */
const setTimeLimit = (wanted) => {
  const ms = typeof wanted === 'string' ? +wanted : wanted;
  if (typeof ms !== 'number' || !(ms > 0)) {
    throw new TypeErrorClass('timeout() takes milliseconds, more than 0, or Infinity');
  }
  kit.call('timeout', { ms: ms === Infinity ? null : ms });
};

/** @type {(cell: RunningCell) => (error?: unknown, value?: unknown) => void} */
const endByDone = (cell) => {
  cell.by_done = true;
  return (error, value) => {
    if (error) failed(cell, error);
    else settled(cell, value);
  };
};

/** @type {(index: number) => unknown} */
const resultBefore = (index) => {
  for (let at = index - 1; at >= 0; at -= 1) {
    if (at in results) return results[at];
  }
  return undefined;
};

/**
 * Prepares a cell. It sets all names of cells anew, even if an earlier cell changed them.
 * @type {(index: number) => void}
 */
const begin = (index) => {
  /** @type {RunningCell} */
  const cell = { index, state: 'waiting', value: undefined, by_done: false };
  current = cell;
  for (; named < index; named += 1) {
    if (!(named in results)) kit.global(`$${named}`, undefined);
  }
  kit.global('$_', resultBefore(index));
  kit.global('API', api);
  kit.global('load', kit.load);
  kit.global('timeout', setTimeLimit);
  kit.global('async', () => endByDone(cell));
};

/**
 * Takes the value of the code. The cell waits for a promise, unless it has called `async`.
 * @type {(value: unknown) => void}
 */
const take = (value) => {
  const cell = current;
  if (cell.by_done) return;
  if (!isThenable(value)) {
    settled(cell, value);
    return;
  }
  // A thenable of the cell may throw, or call back twice or immediately. A real promise does not.
  const promise = apply(resolve, PromiseClass, [value]);
  void apply(then, promise, [
    (/** @type {unknown} */ result) => settled(cell, result),
    (/** @type {unknown} */ error) => failed(cell, error),
  ]);
};

const state = () => current.state;
const waitsForDone = () => current.by_done;

/** Ends the cell. Returns its value as a tree, or the explanation of its error. */
const end = () => {
  const { index, state: how, value } = current;
  if (how === 'ok') {
    results[index] = value;
    kit.global(`$${index}`, value);
    return values.show(value);
  }
  fail(index);
  return values.explain(value);
};

/**
 * Clears the result of a cell that threw an error or has a syntax error.
 * @type {(index: number) => void}
 */
const fail = (index) => {
  results[index] = undefined;
  kit.global(`$${index}`, undefined);
};

/** @type {(kit: Kit, values: Values, api: unknown) => object} */
export const open = (givenKit, givenValues, givenApi) => {
  kit = givenKit;
  values = givenValues;
  api = givenApi;
  // An error in a callback makes the running cell fail, unless the cell has failed already.
  kit.watch((error) => {
    if (current.state === 'failed') return;
    current.state = 'failed';
    current.value = error;
  });
  return { begin, take, state, waitsForDone, end, fail };
};
