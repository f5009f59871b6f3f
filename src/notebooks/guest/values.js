// Turns any value into a tree that can be shown. It runs inside the sandbox, and takes hold of
// what it needs before a cell can change it; accessors are named and not asked.
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
  const mapEach = Map.prototype.forEach;
  const setEach = Set.prototype.forEach;
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

  // A cell may give every object a `toJSON`; only texts are written by what that would change.
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

  const show = (root) => {
    let nodes = 0;
    const open = new WeakSetClass();

    const entriesOf = (value, depth) => {
      const entries = [];
      let more = 0;
      const add = (key, inner) => {
        if (entries.length >= MAX_ENTRIES || nodes > MAX_NODES) more += 1;
        else entries[entries.length] = { key, value: inner() };
      };
      if (value instanceof Map) {
        apply(mapEach, value, [
          (item, key) =>
            add(`${stringify(attempt(() => textOf(key), '?'))} =>`, () => node(item, depth)),
        ]);
      } else if (value instanceof Set) {
        apply(setEach, value, [(item) => add('', () => node(item, depth))]);
      }
      const names = attempt(() => (isArray(value) ? keys(value) : ownKeys(value)), []);
      for (let at = 0; at < names.length; at += 1) {
        const name = names[at];
        const property = attempt(() => getOwnPropertyDescriptor(value, name), undefined);
        if (!property || (!property.enumerable && !(value instanceof ErrorClass))) continue;
        if (value instanceof ErrorClass && (name === 'message' || name === 'stack')) continue;
        add(textOf(name), () =>
          property.get || property.set
            ? { kind: 'plain', type: 'accessor', text: '(…)' }
            : node(property.value, depth),
        );
      }
      return { entries, more };
    };

    const objectNode = (value, depth) => {
      if (apply(setHas, open, [value])) return { kind: 'cut', text: 'itself' };
      if (depth > MAX_DEPTH) return { kind: 'cut', text: isArray(value) ? '[…]' : '{…}' };
      apply(setAdd, open, [value]);
      const { entries, more } = entriesOf(value, depth + 1);
      apply(setDelete, open, [value]);
      if (typeof value === 'function') {
        const text = cutTo(
          attempt(() => apply(functionText, value, []), 'function'),
          MAX_FUNCTION_TEXT,
        );
        return { kind: 'function', text, entries };
      }
      if (isArray(value))
        return { kind: 'array', text: 'Array', entries, more, length: value.length };
      if (value instanceof ErrorClass) {
        const text = cutTo(
          attempt(() => apply(errorText, value, []), 'Error'),
          MAX_TEXT,
        );
        return { kind: 'error', text, entries, more, length: entries.length + more };
      }
      return {
        kind: 'object',
        text: describe(value),
        entries,
        more,
        length: entries.length + more,
      };
    };

    const describe = (value) => {
      if (value instanceof Date) return attempt(() => apply(isoDate, value, []), 'Invalid Date');
      if (value instanceof RegExp) return attempt(() => apply(regExpText, value, []), 'RegExp');
      if (value instanceof PromiseClass) return 'Promise';
      return classOf(value);
    };

    const node = (value, depth) => {
      nodes += 1;
      const type = typeof value;
      if (type === 'string') {
        return { kind: 'string', text: cutTo(value, MAX_TEXT), length: value.length };
      }
      if (value === null) return { kind: 'plain', type: 'null', text: 'null' };
      if (type === 'object' || type === 'function') return objectNode(value, depth);
      const text = type === 'number' && value === 0 && 1 / value < 0 ? '-0' : textOf(value);
      return { kind: 'plain', type, text: cutTo(text, MAX_TEXT) };
    };

    return json(node(root, 0));
  };

  // What a line of the console says.
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

  // What is known of something that was thrown, which may be anything.
  const explain = (thrown) => {
    const read = (name) =>
      attempt(() => {
        const value = thrown[name];
        return value === undefined ? null : cutTo(textOf(value), MAX_TEXT);
      }, null);
    if (thrown === null || (typeof thrown !== 'object' && typeof thrown !== 'function')) {
      const message = attempt(() => cutTo(textOf(thrown), MAX_TEXT), '?');
      return json({ name: 'Error', message, stack: null });
    }
    return json({
      name: read('name') || classOf(thrown),
      message: read('message') ?? attempt(() => cutTo(stringify(thrown), MAX_TEXT), '') ?? '',
      stack: read('stack'),
    });
  };

  return { show, say, explain };
};
