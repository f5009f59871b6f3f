import { type AsyncHook, createHook } from 'node:async_hooks';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';
import pg from 'pg';

/**
 * Runs the test files named as arguments in this process, as `node --test --test-isolation=none`
 * does, but without its hook for every promise. The hook costs a fifth of the processor time of
 * the tests. It serves one purpose: an error that no test caught is reported under the test that
 * began the promise. Without it such an error still fails the run, under no test's name.
 */

type Enable = (this: AsyncHook) => AsyncHook;

/** Lets the next hook that somebody enables see no promises, as its option `trackPromises` says. */
function spareNextHook(): void {
  const sample = createHook({});
  const prototype = Object.getPrototypeOf(sample) as { enable: Enable };
  const option = Object.getOwnPropertySymbols(sample).find(
    ({ description }) => description === 'kNoPromiseHook',
  );
  if (option === undefined) return;
  const { enable } = prototype;
  prototype.enable = function (this: AsyncHook) {
    prototype.enable = enable;
    Object.assign(this, { [option]: true });
    return enable.call(this);
  };
}

/** Fails for a file whose error cut its loading short. The runner fails it only without any test. */
async function checkLoaded(files: readonly string[]): Promise<void> {
  for (const file of files) {
    try {
      // A module is evaluated once, so this gives its first error again.
      await import(pathToFileURL(file).href);
    } catch (error) {
      console.error(`✖ ${file} was not loaded whole:`, error);
      process.exitCode = 1;
    }
  }
}

/** The longest wait for the database, when it is asked what it runs. */
const ASKING_MS = 5_000;

/** The sessions of the PostgreSQL server that are in a statement or a transaction, one a line. */
async function listSessions(): Promise<string> {
  const client = new pg.Client({
    connectionString: process.env['TEST_DATABASE_URL'],
    connectionTimeoutMillis: ASKING_MS,
    query_timeout: ASKING_MS,
  });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query(
    `select pid, datname, state, wait_event_type, wait_event, now() - state_change as since,
        pg_blocking_pids(pid) as waits_for, left(query, 200) as query
      from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'
        and state <> 'idle'`,
  );
  return rows.map((row) => JSON.stringify(row)).join('\n');
}

/** Tests that have begun and have not ended. */
const running = new Set<string>();

/** Ends the part, and says what it was waiting for. */
async function endEarly(): Promise<void> {
  const sessions = await listSessions().catch(String);
  const said = `✖ ended early, in: ${[...running].join(', ') || 'no test'}
handles: ${process.getActiveResourcesInfo().join(', ')}
sessions of PostgreSQL:
${sessions}
`;
  process.stdout.write(said, () => process.exit(1));
}

process.once('SIGTERM', () => void endEarly());
spareNextHook();
const files = process.argv.slice(2).map((file) => resolve(file));
const results = run({ files, isolation: 'none' });
results.on('test:summary', ({ success }) => {
  if (!success) process.exitCode = 1;
  void checkLoaded(files);
});
const nameOf = ({ name, file }: { name: string; file?: string | undefined }) =>
  `${name} (${file ?? ''})`;
results.on('test:dequeue', (started) => void running.add(nameOf(started)));
results.on('test:pass', (ended) => void running.delete(nameOf(ended)));
results.on('test:fail', (ended) => void running.delete(nameOf(ended)));
results.compose(new spec()).pipe(process.stdout);
