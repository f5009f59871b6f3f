import { spawn } from 'node:child_process';

/** Runs this command line on another Node.js, and ends as it ends. @param {string} node its path */
export function runOn(node) {
  const endWithParent = new URL('./end-with-parent.js', import.meta.url).href;
  const child = spawn(node, ['--import', endWithParent, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // A terminal sends its signals to both processes. Other signals arrive only here.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', ({ message }) => {
    console.error(
      `tieline: ${node} could not be started (${message}): put a working Node.js first on the PATH.`,
    );
    process.exitCode = process.argv[2] === 'run' ? 125 : 2;
  });
  child.on('exit', (status, signal) => {
    if (signal === null) process.exit(status ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
