import { spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { missingTools, NEWEST } from './sdks/programs.ts';
import { oldestNode } from './support/oldest-node.ts';
import { type Cluster, startCluster } from './support/postgres-cluster.ts';

/**
 * `npm test`: every check, here and in CI. With test files as arguments, only they run.
 *
 * Tools that the checkout does not bring are used when they are found, and named when they are
 * missing. With `CI=true` a missing tool is a failure, so that no test is left out unseen.
 */

/** The longest search of npm for a package. */
const REGISTRY_MS = 10_000;

interface Missing {
  readonly what: string;
  readonly install: string;
}

interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly hear?: (said: string) => void;
}

/** Runs one check, and passes on a signal that is meant to end it. */
async function run(
  name: string,
  program: string,
  parameters: string[],
  { env = process.env, hear }: Surroundings = {},
): Promise<void> {
  const started = Date.now();
  const output = hear ? 'pipe' : 'inherit';
  const child = spawn(program, parameters, { stdio: ['ignore', output, output], env });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (said: string) => hear?.(said));
  }
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  process.off('SIGINT', pass).off('SIGTERM', pass);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`✖ ${name} failed`);
    process.exitCode = 1;
    throw new StopError();
  }
  console.log(`✔ ${name} (${seconds} s)`);
}

/** Files that take minutes. Each is a part and begins first, so no wait remains at the end. */
const LONGEST: readonly string[] = ['test/isolation/isolation.test.ts'];
/** The number of parts for the other files, and of parts at the same time: one for each core. */
const PARTS = 10;
const LANES = 2;

function dealFiles(): string[][] {
  const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts']).toSorted();
  const others = files.filter((file) => !LONGEST.includes(file));
  const parts = Map.groupBy(others, (file) => others.indexOf(file) % PARTS);
  return [...LONGEST.map((file) => [file]), ...parts.values()];
}

/** The reporter's list of failed tests, or the last lines of a process that ended before it. */
function findFailures(said: string): string {
  const start = said.indexOf('failing tests:');
  return start < 0 ? said.slice(-LAST_WORDS) : said.slice(start);
}

/** The most characters shown of a part that ended without a list of failed tests. */
const LAST_WORDS = 4000;

/**
 * Runs all test files, each part in a process. With many small parts no lane waits long for the
 * other. The output of a part is shown when it has ended.
 */
async function runParts(parameters: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const parts = dealFiles();
  const failures: unknown[] = [];
  const failed: string[] = [];
  let next = 0;
  const lane = async () => {
    for (let files = parts[next]; files; files = parts[next]) {
      next += 1;
      const name = `tests, part ${next} of ${parts.length}`;
      const words: string[] = [];
      const hear = (said: string) => void words.push(said);
      await run(name, process.execPath, [...parameters, ...files], { env, hear }).catch(
        (error: unknown) => {
          failures.push(error);
          failed.push(`✖ ${name}: ${files.join(' ')}\n${findFailures(words.join(''))}`);
        },
      );
      console.log(words.join(''));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  if (failures.length > 0) {
    console.error(`\nAll failures of this run:\n\n${failed.join('\n')}`);
    throw failures[0];
  }
}

class StopError extends Error {}

/** Whether npm can bring the oldest Node.js, which the checkout does not. */
function reachRegistry(): boolean {
  const { name, version } = oldestNode();
  const parameters = ['view', `${name}@${version}`, 'version', '--fetch-retries=0'];
  const { status } = spawnSync('npm', parameters, { stdio: 'ignore', timeout: REGISTRY_MS });
  return status === 0;
}

const CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function findChromium(): string | undefined {
  return process.env['TEST_CHROMIUM'] ?? CHROMIUMS.find((program) => existsSync(program));
}

/** Finds `strace`, which kills processes at the system calls that a test names. */
function findStrace(): string | undefined {
  const program = process.env['TEST_STRACE'] ?? '/usr/bin/strace';
  const parameters = ['-qq', '-o', '/dev/null', 'true'];
  return spawnSync(program, parameters, { stdio: 'ignore' }).status === 0 ? program : undefined;
}

/** Whether the machine has faketime, which sets the clock of one process wrong. */
function hasFaketime(): boolean {
  return globSync('/usr/lib/*/faketime/libfaketime.so.1').length > 0;
}

/** Whether a test may make a network namespace, as `test/webhooks/guarded-fetch.test.ts` does. */
function hasOwnNetwork(): boolean {
  const inside = ['--map-root-user', '--net', 'sh', '-ec', 'ip link set lo up'];
  return spawnSync('unshare', inside, { stdio: 'ignore' }).status === 0;
}

function findMissing(cluster: Cluster | null, registry: boolean): Missing[] {
  const missing: Missing[] = [];
  if (!cluster && !process.env['TEST_DATABASE_URL']) {
    missing.push({
      what: 'PostgreSQL (every data test runs on it as well as on SQLite)',
      install: 'apt-get install postgresql, or set TEST_DATABASE_URL',
    });
  }
  if (!findChromium()) {
    missing.push({
      what: 'the journeys in a real browser',
      install: 'apt-get install chromium, or set TEST_CHROMIUM to the path of one',
    });
  }
  if (!findStrace()) {
    missing.push({
      what: 'usage on SQLite, killed at the N-th fsync',
      install: 'apt-get install strace, and allow ptrace',
    });
  }
  if (!hasFaketime()) {
    missing.push({
      what: 'processes whose machines disagree about the time',
      install: 'apt-get install faketime',
    });
  }
  if (!hasOwnNetwork()) {
    missing.push({
      what: 'webhooks to public addresses in production mode (it takes a network of its own)',
      install: 'apt-get install util-linux iproute2, and allow user namespaces',
    });
  }
  for (const program of NEWEST) {
    for (const { install } of missingTools(program)) {
      missing.push({ what: `the scenario of the SDKs in ${program.sdk}`, install });
    }
  }
  if (!registry) {
    const { name, version } = oldestNode();
    missing.push({
      what: `the package, installed on the oldest Node.js (npm cannot find ${name}@${version})`,
      install: 'connect this machine to a package registry that has it',
    });
  }
  if (!existsSync('../shared/spec/openapi')) {
    console.log('– ../shared is absent: answers are not compared with the official OpenAPI');
  }
  return missing;
}

const files = process.argv.slice(2);
const registry = reachRegistry();
const chromium = findChromium();
const strace = findStrace();
const cluster = process.env['TEST_DATABASE_URL'] ? null : await startCluster();
try {
  if (files.length === 0) {
    await run('types', 'tsc', []);
    await run('types of what runs in browsers', 'tsc', ['-p', 'src/notebooks/browser']);
    await run('types of the sandbox of notebooks', 'tsc', ['-p', 'src/notebooks/guest']);
    await run('lint', 'oxlint', ['--type-aware', 'src', 'test', 'bench', 'scripts']);
    await run('format', 'biome', ['check', '.']);
    await run('exports that nobody imports, and files', 'knip', ['--no-progress']);
  }
  const env = {
    ...process.env,
    ...(cluster && { TEST_DATABASE_URL: cluster.url }),
    ...(registry && { TEST_REGISTRY: '1' }),
    ...(chromium !== undefined && { TEST_CHROMIUM: chromium }),
    ...(strace !== undefined && { TEST_STRACE: strace }),
  };
  const runner = ['--test', '--test-isolation=none'];
  if (files.length > 0) await run('tests', process.execPath, [...runner, ...files], { env });
  else await runParts(runner, env);
} catch (error) {
  if (!(error instanceof StopError)) throw error;
} finally {
  cluster?.stop();
}

const missing = findMissing(cluster, registry);
for (const { what, install } of missing) {
  console.log(`– not tested: ${what}\n  to test it: ${install}`);
}
if (missing.length > 0 && process.env['CI'] === 'true') {
  console.error('✖ CI must test everything');
  process.exitCode = 1;
}
