// One cell after the other: what each finds in `$_` and `$N`, and when it is finished.
(kit, values, api) => {
  const { global } = kit;
  const { then } = Promise.prototype;
  const { resolve } = Promise;
  const apply = Reflect.apply;
  const PromiseClass = Promise;
  const TypeErrorClass = TypeError;

  // Of the cell that runs: `waiting` until its promise or its `done` has told.
  let current = null;
  const results = [];
  let named = 0;

  const isThenable = (value) => {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
    return typeof value.then === 'function';
  };
  const settled = (cell, value) => {
    if (cell.state !== 'waiting') return;
    cell.state = 'ok';
    cell.value = value;
  };
  const failed = (cell, error) => {
    if (cell.state !== 'waiting') return;
    cell.state = 'failed';
    cell.value = error;
  };

  // What a callback of a cell throws is an error of the cell that runs, if none is known of it.
  kit.watch((error) => {
    if (current.state === 'failed') return;
    current.state = 'failed';
    current.value = error;
  });

  // Makes ready for the cell `index`: its names are new, whatever the cell before made of them.
  const begin = (index) => {
    const cell = { index, state: 'waiting', value: undefined, by_done: false };
    current = cell;
    let previous;
    for (let at = index - 1; at >= 0; at -= 1) {
      if (at in results) {
        previous = results[at];
        break;
      }
    }
    for (; named < index; named += 1) {
      if (!(named in results)) global(`$${named}`, undefined);
    }
    global('$_', previous);
    global('API', api);
    global('load', kit.load);
    global('timeout', (wanted) => {
      const ms = typeof wanted === 'string' ? +wanted : wanted;
      if (typeof ms !== 'number' || !(ms > 0)) {
        throw new TypeErrorClass('timeout() takes milliseconds, more than 0, or Infinity');
      }
      kit.call('timeout', { ms: ms === Infinity ? null : ms });
    });
    global('async', () => {
      cell.by_done = true;
      return (error, value) => {
        if (error) failed(cell, error);
        else settled(cell, value);
      };
    });
  };

  // Takes what the code came to. A promise is waited for, unless `async` was called.
  const take = (value) => {
    const cell = current;
    if (cell.by_done) return;
    if (!isThenable(value)) return settled(cell, value);
    // A thenable of the cell's own may throw, call twice, or call at once.
    apply(then, apply(resolve, PromiseClass, [value]), [
      (result) => settled(cell, result),
      (error) => failed(cell, error),
    ]);
  };

  const state = () => current.state;
  const waitsForDone = () => current.by_done;

  // Ends the cell: shows what it came to, or explains its error.
  const end = () => {
    const { index, state: how, value } = current;
    if (how === 'ok') {
      results[index] = value;
      global(`$${index}`, value);
      return values.show(value);
    }
    results[index] = undefined;
    global(`$${index}`, undefined);
    return values.explain(value);
  };

  // A cell that ended by an error that it threw, or that could not be read.
  const fail = (index) => {
    results[index] = undefined;
    global(`$${index}`, undefined);
  };

  return { begin, take, state, waitsForDone, end, fail };
};
