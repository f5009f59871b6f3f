// Runs one cell after the other. It sets `$_` and `$N` for each cell, and knows when a cell ends.
(kit, values, api) => {
  const { global } = kit;
  const { then } = Promise.prototype;
  const { resolve } = Promise;
  const apply = Reflect.apply;
  const PromiseClass = Promise;
  const TypeErrorClass = TypeError;

  // The running cell. Its state is `waiting` until its promise settles or its `done` is called.
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

  // An error in a callback makes the running cell fail, unless the cell has failed already.
  kit.watch((error) => {
    if (current.state === 'failed') return;
    current.state = 'failed';
    current.value = error;
  });

  // Prepares the cell `index`. It sets all names of cells anew, even if an earlier cell changed
  // them.
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

  // Takes the value of the code. The cell waits for a promise, unless it has called `async`.
  const take = (value) => {
    const cell = current;
    if (cell.by_done) return;
    if (!isThenable(value)) return settled(cell, value);
    // A thenable of the cell may throw, or call back twice or immediately. A real promise does not.
    apply(then, apply(resolve, PromiseClass, [value]), [
      (result) => settled(cell, result),
      (error) => failed(cell, error),
    ]);
  };

  const state = () => current.state;
  const waitsForDone = () => current.by_done;

  // Ends the cell. Returns its value as a tree, or the explanation of its error.
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

  // Clears the result of a cell that threw an error or has a syntax error.
  const fail = (index) => {
    results[index] = undefined;
    global(`$${index}`, undefined);
  };

  return { begin, take, state, waitsForDone, end, fail };
};
