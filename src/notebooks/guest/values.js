// Turns any value into a tree for showing. This script runs inside the sandbox. It takes references
// to the built-in functions before a cell can change them. It names accessors without calling them.
() => {
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
  const getterOf = (prototype, name) => getOwnPropertyDescriptor(prototype, name).get;
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

  // A cell may add `toJSON` to all objects, so `stringify` gets only values that are not objects.
  const json = (value) => {
    if (value === null || typeof value !== 'object') return stringify(value) ?? 'null';
    let text = '';
    if (isArray(value)) {
      for (let at = 0; at < value.length; at += 1) text += (at > 0 ? ',' : '') + json(value[at]);
      return `[${text}]`;
    }
    const names = keys(value);
    for (let at = 0; at < names.length; at += 1) {
      text += `${(at > 0 ? ',' : '') + stringify(names[at])}:${json(value[names[at]])}`;
    }
    return `{${text}}`;
  };

  const cutTo = (text, length) => apply(slice, text, [0, length]);
  const attempt = (get, otherwise) => {
    try {
      return get();
    } catch {
      return otherwise;
    }
  };

  const classOf = (value) =>
    attempt(() => {
      const prototype = getPrototypeOf(value);
      if (prototype === null) return 'Object';
      const name = getOwnPropertyDescriptor(prototype, 'constructor')?.value?.name;
      return typeof name === 'string' && name !== '' ? cutTo(name, 100) : 'Object';
    }, 'Object');

  // A proxy may throw at any operation.
  const isOf = (value, Class) => attempt(() => value instanceof Class, false);
  const lengthOf = (value) =>
    attempt(() => (isView(value) ? apply(typedLength, value, []) : value.length), 0);

  // The names of a value's properties and their number. A long list returns only its first names.
  const namesOf = (value, length) => {
    if (length === null || length <= MAX_LOOKED_THROUGH) {
      const names = attempt(() => (isArray(value) ? keys(value) : ownKeys(value)), []);
      return { names, count: names.length };
    }
    const names = [];
    for (let at = 0; at < MAX_ENTRIES; at += 1) names[at] = textOf(at);
    return { names, count: length };
  };

  const show = (root) => {
    let nodes = 0;
    let text_left = MAX_ALL_TEXT;
    const open = new WeakSetClass();

    const shortened = (text, length) => {
      const cut = cutTo(text, length < text_left ? length : text_left);
      text_left -= cut.length;
      return cut;
    };

    const entriesOf = (value, depth, length) => {
      const entries = [];
      let more = 0;
      const isFull = () => entries.length >= MAX_ENTRIES || nodes > MAX_NODES;
      const add = (key, inner) => {
        entries[entries.length] = { key: shortened(key, MAX_NAME), value: inner() };
      };
      const addAll = (items, next, size, keyOf, itemOf) => {
        for (let at = 0; at < size; at += 1) {
          if (isFull()) {
            more += size - at;
            return;
          }
          const { value: found } = apply(next, items, []);
          add(keyOf(found), () => node(itemOf(found), depth));
        }
      };
      if (isOf(value, MapClass)) {
        const size = attempt(() => apply(mapSize, value, []), 0);
        const keyOf = (found) =>
          `${stringify(attempt(() => cutTo(textOf(found[0]), MAX_NAME), '?'))} =>`;
        if (size > 0) {
          const items = apply(mapEntries, value, []);
          addAll(items, mapNext, size, keyOf, (found) => found[1]);
        }
      } else if (isOf(value, SetClass)) {
        const size = attempt(() => apply(setSize, value, []), 0);
        if (size > 0) {
          const items = apply(setValues, value, []);
          addAll(
            items,
            setNext,
            size,
            () => '',
            (found) => found,
          );
        }
      }
      const { names, count } = namesOf(value, length);
      const isError = isOf(value, ErrorClass);
      for (let at = 0; at < names.length; at += 1) {
        if (isFull()) return { entries, more: more + count - at };
        const name = names[at];
        const property = attempt(() => getOwnPropertyDescriptor(value, name), undefined);
        if (!property || (!property.enumerable && !isError)) continue;
        if (isError && (name === 'message' || name === 'stack')) continue;
        add(textOf(name), () =>
          property.get || property.set
            ? { kind: 'plain', type: 'accessor', text: '(…)' }
            : node(property.value, depth),
        );
      }
      return { entries, more: more + count - names.length };
    };

    const objectNode = (value, depth) => {
      if (apply(setHas, open, [value])) return { kind: 'cut', text: 'itself' };
      const isList = isArray(value);
      if (depth > MAX_DEPTH) return { kind: 'cut', text: isList ? '[…]' : '{…}' };
      const length = isList || isView(value) ? lengthOf(value) : null;
      apply(setAdd, open, [value]);
      const { entries, more } = entriesOf(value, depth + 1, length);
      apply(setDelete, open, [value]);
      if (typeof value === 'function') {
        const text = shortened(
          attempt(() => apply(functionText, value, []), 'function'),
          MAX_FUNCTION_TEXT,
        );
        return { kind: 'function', text, entries };
      }
      if (isList) return { kind: 'array', text: 'Array', entries, more, length };
      const isError = isOf(value, ErrorClass);
      const text = isError
        ? shortened(
            attempt(() => apply(errorText, value, []), 'Error'),
            MAX_TEXT,
          )
        : describe(value);
      const kind = isError ? 'error' : 'object';
      return { kind, text, entries, more, length: entries.length + more };
    };

    const describe = (value) => {
      if (isOf(value, DateClass)) return attempt(() => apply(isoDate, value, []), 'Invalid Date');
      if (isOf(value, RegExpClass)) {
        return attempt(() => shortened(apply(regExpText, value, []), MAX_TEXT), 'RegExp');
      }
      if (isOf(value, PromiseClass)) return 'Promise';
      return classOf(value);
    };

    const node = (value, depth) => {
      nodes += 1;
      const type = typeof value;
      if (type === 'string') {
        return { kind: 'string', text: shortened(value, MAX_TEXT), length: value.length };
      }
      if (value === null) return { kind: 'plain', type: 'null', text: 'null' };
      if (type === 'object' || type === 'function') return objectNode(value, depth);
      const text = type === 'number' && value === 0 && 1 / value < 0 ? '-0' : textOf(value);
      return { kind: 'plain', type, text: shortened(text, MAX_TEXT) };
    };

    return json(node(root, 0));
  };

  // Makes one line of the console.
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

  // Describes a thrown value, which may be of any type.
  const explain = (thrown) => {
    const read = (name, length) =>
      attempt(() => {
        const value = thrown[name];
        return value === undefined ? null : cutTo(textOf(value), length);
      }, null);
    // Without memory for an error object the engine throws null.
    if (thrown === null && attempt(() => !new BufferClass(ROOM_BYTES), true)) {
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

  return { show, say, explain };
};
