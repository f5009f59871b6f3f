import { pathToFileURL } from 'node:url';

/**
 * Runs the command lines that its parent sends, one after the other in this process. It gives each
 * of them what a process of its own would have: its parameters, its output and its exit status.
 */

const [, , program = ''] = process.argv;

/** @param {{ parameters: string[], place: number }} line */
async function carryOut({ parameters, place }) {
  const texts = { stdout: '', stderr: '' };
  const { promise, resolve } = Promise.withResolvers();
  let hasEnded = false;
  /** @param {unknown} [status] */
  const end = (status = process.exitCode) => {
    hasEnded = true;
    resolve(Number(status ?? 0));
  };
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    process[name].write = (/** @type {unknown} */ text) => {
      if (!hasEnded) texts[name] += String(text);
      return true;
    };
  }
  process.exit = (status) => {
    end(status);
    // The caller of `exit` does not go on.
    throw new Error('The command has ended.');
  };
  process.argv = [process.execPath, program, ...parameters];
  process.exitCode = undefined;
  // Each query makes the file run again, as a new process would.
  import(`${pathToFileURL(program).href}?${place}`).then(
    () => end(),
    (error) => {
      texts.stderr += String(error);
      end(1);
    },
  );
  const status = await promise;
  process.exitCode = undefined;
  return { status, ...texts };
}

// A command that has ended may still set the status. The parent asks for the one of this process.
process.on('disconnect', () => {
  process.exitCode = undefined;
});
process.on('message', (line) => {
  void carryOut(/** @type {Parameters<typeof carryOut>[0]} */ (line)).then((result) =>
    process.send?.(result),
  );
});
