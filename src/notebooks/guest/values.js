// @ts-check
/** @import { ShownValue, Values } from './guest-types.ts' */

// Turns any value into a tree for showing. This script runs inside the sandbox. It takes references
// to the built-in functions before a cell can change them. It names accessors without calling them.

const { getPrototypeOf, getOwnPropertyDescriptor, keys } = Object;
const { stringify } = JSON;
const { isArray } = Array;
const ownKeys = Reflect.ownKeys;
const apply = Reflect.apply;
const textOf = String;
const slice = String.prototype.slice;
const errorText = Error.prototype.toString;
const functionText = Function.prototype.toString;
const isoDate = Date.prototype.toISOString;
const regExpText = RegExp.prototype.toString;
const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;
const mapNext = getPrototypeOf(new Map().entries()).next;
const setNext = getPrototypeOf(new Set().values()).next;
/** @type {(prototype: object, name: string) => () => number} */
const getterOf = (prototype, name) =>
  /** @type {() => number} */ (getOwnPropertyDescriptor(prototype, name)?.get);
const mapSize = getterOf(Map.prototype, 'size');
const setSize = getterOf(Set.prototype, 'size');
const typedLength = getterOf(getPrototypeOf(Uint8Array.prototype), 'length');
const isView = ArrayBuffer.isView;
const BufferClass = ArrayBuffer;
const MapClass = Map;
const SetClass = Set;
const DateClass = Date;
const RegExpClass = RegExp;
const ErrorClass = Error;
const PromiseClass = Promise;
const WeakSetClass = WeakSet;
const setAdd = WeakSet.prototype.add;
const setHas = WeakSet.prototype.has;
const setDelete = WeakSet.prototype.delete;

const MAX_NODES = 5000;
const MAX_DEPTH = 16;
const MAX_ENTRIES = 500;
const MAX_TEXT = 20000;
const MAX_FUNCTION_TEXT = 200;
const MAX_NAME = 200;
/** The limit for all texts of one value together. */
const MAX_ALL_TEXT = 250000;
/** Of a longer list, only the beginning is read. */
const MAX_LOOKED_THROUGH = 10000;
/** If this many bytes cannot be allocated, the engine is out of memory. */
const ROOM_BYTES = 1024 * 1024;

/** @type {(value: any) => string} */
let json;

/** @type {(text: string, length: number) => string} */
const cutTo = (text, length) => apply(slice, text, [0, length]);
/** @type {<T, U>(get: () => T, otherwise: U) => T | U} */
const attempt = (get, otherwise) => {
  try {
    return get();
  } catch {
    return otherwise;
  }
};

/** @type {(value: object) => string} */
const classOf = (value) =>
  attempt(() => {
    const prototype = getPrototypeOf(value);
    if (prototype === null) return 'Object';
    const name = getOwnPropertyDescriptor(prototype, 'constructor')?.value?.name;
    return typeof name === 'string' && name !== '' ? cutTo(name, 100) : 'Object';
  }, 'Object');

// A proxy may throw at any operation.
/** @type {(value: unknown, Class: abstract new (...given: any[]) => unknown) => boolean} */
const isOf = (value, Class) => attempt(() => value instanceof Class, null) === true;
/** @type {(value: any) => number} */
const lengthOf = (value) =>
  attempt(() => (isView(value) ? apply(typedLength, value, []) : value.length), 0);

// The names of a value's properties and their number. A long list returns only its first names.
/** @type {(value: object, length: number | null) => { names: (string | symbol)[], count: number }} */
const namesOf = (value, length) => {
  if (length === null || length <= MAX_LOOKED_THROUGH) {
    /** @type {(string | symbol)[]} */
    const names = attempt(() => (isArray(value) ? keys(value) : ownKeys(value)), []);
    return { names, count: names.length };
  }
  const names = [];
  for (let at = 0; at < MAX_ENTRIES; at += 1) names[at] = textOf(at);
  return { names, count: length };
};

/**
 * A tree that is being made, and the room that is left in it.
 * @typedef {{ nodes: number, text_left: number, open: WeakSet<object> }} Tree
 */

/** @type {(tree: Tree, text: string, length: number) => string} */
const shortened = (tree, text, length) => {
  const cut = cutTo(text, length < tree.text_left ? length : tree.text_left);
  tree.text_left -= cut.length;
  return cut;
};

/**
 * The entries of one value, as far as there is room for them.
 * @typedef {{ entries: { key: string, value: ShownValue }[], more: number }} Listed
 */

/** @type {(tree: Tree, listed: Listed) => boolean} */
const isFull = (tree, { entries }) => entries.length >= MAX_ENTRIES || tree.nodes > MAX_NODES;

/** @type {(tree: Tree, listed: Listed, key: string, inner: () => ShownValue) => void} */
const add = (tree, { entries }, key, inner) => {
  entries[entries.length] = { key: shortened(tree, key, MAX_NAME), value: inner() };
};

/**
 * Adds the items of a Map or a Set.
 * @param {Tree} tree
 * @param {Listed} listed
 * @param {{ items: any, next: () => any, size: number, entryOf: (found: any) => { key: string, value: unknown } }} from
 * @param {number} depth
 */
const addItems = (tree, listed, { items, next, size, entryOf }, depth) => {
  for (let at = 0; at < size; at += 1) {
    if (isFull(tree, listed)) {
      listed.more += size - at;
      return;
    }
    const { value: found } = apply(next, items, []);
    const { key, value } = entryOf(found);
    add(tree, listed, key, () => node(tree, value, depth));
  }
};

/** @type {(found: [unknown, unknown]) => { key: string, value: unknown }} */
const entryOfMap = (found) => ({
  key: `${stringify(attempt(() => cutTo(textOf(found[0]), MAX_NAME), '?'))} =>`,
  value: found[1],
});
/** @type {(found: unknown) => { key: string, value: unknown }} */
const entryOfSet = (found) => ({ key: '', value: found });

/** @type {(tree: Tree, listed: Listed, value: any, depth: number) => void} */
const addContents = (tree, listed, value, depth) => {
  if (isOf(value, MapClass)) {
    const size = attempt(() => apply(mapSize, value, []), 0);
    if (size === 0) return;
    const items = apply(mapEntries, value, []);
    addItems(tree, listed, { items, next: mapNext, size, entryOf: entryOfMap }, depth);
  } else if (isOf(value, SetClass)) {
    const size = attempt(() => apply(setSize, value, []), 0);
    if (size === 0) return;
    const items = apply(setValues, value, []);
    addItems(tree, listed, { items, next: setNext, size, entryOf: entryOfSet }, depth);
  }
};

/** @type {(tree: Tree, value: object, depth: number, length: number | null) => Listed} */
const entriesOf = (tree, value, depth, length) => {
  /** @type {Listed} */
  const listed = { entries: [], more: 0 };
  addContents(tree, listed, value, depth);
  const { names, count } = namesOf(value, length);
  const isError = isOf(value, ErrorClass);
  for (let at = 0; at < names.length; at += 1) {
    if (isFull(tree, listed)) {
      listed.more += count - at;
      return listed;
    }
    const name = /** @type {string | symbol} */ (names[at]);
    const property = attempt(() => getOwnPropertyDescriptor(value, name), undefined);
    if (!property || (!property.enumerable && !isError)) continue;
    if (isError && (name === 'message' || name === 'stack')) continue;
    add(tree, listed, textOf(name), () =>
      property.get || property.set
        ? { kind: 'plain', type: 'accessor', text: '(…)' }
        : node(tree, property.value, depth),
    );
  }
  listed.more += count - names.length;
  return listed;
};

/** @type {(tree: Tree, value: object, depth: number) => ShownValue} */
const objectNode = (tree, value, depth) => {
  if (apply(setHas, tree.open, [value])) return { kind: 'cut', text: 'itself' };
  const isList = isArray(value);
  if (depth > MAX_DEPTH) return { kind: 'cut', text: isList ? '[…]' : '{…}' };
  const length = isList || isView(value) ? lengthOf(value) : null;
  apply(setAdd, tree.open, [value]);
  const { entries, more } = entriesOf(tree, value, depth + 1, length);
  apply(setDelete, tree.open, [value]);
  if (typeof value === 'function') {
    const text = attempt(() => apply(functionText, value, []), 'function');
    return { kind: 'function', text: shortened(tree, text, MAX_FUNCTION_TEXT), entries };
  }
  if (isList) return { kind: 'array', text: 'Array', entries, more, length };
  const isError = isOf(value, ErrorClass);
  const text = isError
    ? shortened(
        tree,
        attempt(() => apply(errorText, value, []), 'Error'),
        MAX_TEXT,
      )
    : describe(tree, value);
  const kind = isError ? 'error' : 'object';
  return { kind, text, entries, more, length: entries.length + more };
};

/** @type {(tree: Tree, value: any) => string} */
const describe = (tree, value) => {
  if (isOf(value, DateClass)) return attempt(() => apply(isoDate, value, []), 'Invalid Date');
  if (isOf(value, RegExpClass)) {
    return attempt(() => shortened(tree, apply(regExpText, value, []), MAX_TEXT), 'RegExp');
  }
  if (isOf(value, PromiseClass)) return 'Promise';
  return classOf(value);
};

/** @type {(tree: Tree, value: any, depth: number) => ShownValue} */
const node = (tree, value, depth) => {
  tree.nodes += 1;
  const type = typeof value;
  if (type === 'string') {
    return { kind: 'string', text: shortened(tree, value, MAX_TEXT), length: value.length };
  }
  if (value === null) return { kind: 'plain', type: 'null', text: 'null' };
  if (type === 'object' || type === 'function') return objectNode(tree, value, depth);
  const text = type === 'number' && value === 0 && 1 / value < 0 ? '-0' : textOf(value);
  return { kind: 'plain', type, text: shortened(tree, text, MAX_TEXT) };
};

/** @type {Values['show']} */
const show = (root) =>
  json(node({ nodes: 0, text_left: MAX_ALL_TEXT, open: new WeakSetClass() }, root, 0));

/**
 * Makes one line of the console.
 * @type {Values['say']}
 */
const say = (values) => {
  let line = '';
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    const text = attempt(() => {
      if (typeof value === 'string') return value;
      if (value instanceof ErrorClass) return apply(errorText, value, []);
      if (typeof value === 'object' && value !== null) return stringify(value) ?? '';
      return textOf(value);
    }, '[object]');
    line += (at > 0 ? ' ' : '') + cutTo(text, MAX_TEXT);
  }
  return cutTo(line, MAX_TEXT);
};

/**
 * Describes a thrown value, which may be of any type.
 * @type {(thrown: any) => string}
 */
const explain = (thrown) => {
  /** @type {(name: string, length: number) => string | null} */
  const read = (name, length) =>
    attempt(() => {
      const value = thrown[name];
      return value === undefined ? null : cutTo(textOf(value), length);
    }, null);
  // Without memory for an error object the engine throws null.
  if (thrown === null && attempt(() => new BufferClass(ROOM_BYTES), null) === null) {
    return json({ name: 'InternalError', message: 'out of memory', stack: null });
  }
  if (thrown === null || (typeof thrown !== 'object' && typeof thrown !== 'function')) {
    const message = attempt(() => cutTo(textOf(thrown), MAX_TEXT), '?');
    return json({ name: 'Error', message, stack: null });
  }
  return json({
    name: read('name', MAX_NAME) || classOf(thrown),
    message:
      read('message', MAX_TEXT) ?? attempt(() => cutTo(stringify(thrown), MAX_TEXT), '') ?? '',
    stack: read('stack', MAX_TEXT),
  });
};

/**
 * @param {(value: any) => string} writer the writer of `json.js`
 * @returns {Values}
 */
export const open = (writer) => {
  json = writer;
  return { show, say, explain };
};
