import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { hasStandbyParts } from './chaos/failover/standby-parts.ts';
import { hasNamespaces } from './chaos/namespace.ts';
import { hasShared } from './conformance/shared.ts';
import { missingTools, NEWEST } from './sdks/programs.ts';
import { oldestNode } from './support/oldest-node.ts';
import { type Cluster, startCluster } from './support/postgres-cluster.ts';
import { buildProgram, fillCompileCache } from './support/program/built-program.ts';
import {
  makeDataFolder,
  RUNNER,
  run,
  runParts,
  runStaticChecks,
  StopError,
} from './support/steps.ts';
import { allParts } from './support/test-files.ts';

/**
 * `npm test`: every check, here and in CI. With test files as arguments, only they run.
 *
 * Tools that the checkout does not bring are used when they are found, and named when they are
 * missing. With `CI=true` a missing tool is a failure, so that no test is left out unseen.
 */

/** The longest search of npm for a package. */
const REGISTRY_MS = 10_000;
/** Programs of Debian: the program, what it takes part in, and its package. */
const OTHER_PROGRAMS = [
  ['/usr/bin/promtool', 'the alert rules and /metrics, read by Prometheus', 'prometheus'],
  ['/usr/bin/sipp', 'calls by SIP to SIPp as the carrier', 'sip-tester'],
  ['/usr/sbin/kamailio', 'calls through Kamailio, and the list that it reads', 'kamailio'],
  ['/usr/bin/baresip', 'calls to baresip as the telephone', 'baresip-core'],
  ['/usr/bin/espeak-ng', 'texts that are really spoken', 'espeak-ng'],
  ['/usr/bin/sox', 'WAV files that SoX wrote', 'sox'],
] as const;

interface Missing {
  readonly what: string;
  readonly install: string;
}

/** Whether npm can bring the oldest Node.js, which the checkout does not. */
function reachRegistry(): boolean {
  const { name, version } = oldestNode();
  const parameters = ['view', `${name}@${version}`, 'version', '--fetch-retries=0'];
  const { status } = spawnSync('npm', parameters, { stdio: 'ignore', timeout: REGISTRY_MS });
  return status === 0;
}

/** The first has the same engine without the windows. It takes half of the processor time. */
const CHROMIUMS = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

function findChromium(): string | undefined {
  return process.env['TEST_CHROMIUM'] ?? CHROMIUMS.find((program) => existsSync(program));
}

/** Finds `strace`, which kills processes at the system calls that a test names. */
function findStrace(): string | undefined {
  const program = process.env['TEST_STRACE'] ?? '/usr/bin/strace';
  const parameters = ['-qq', '-o', '/dev/null', 'true'];
  return spawnSync(program, parameters, { stdio: 'ignore' }).status === 0 ? program : undefined;
}

/** Finds PgBouncer, behind which the product runs as it does in front of PostgreSQL. */
function findPgbouncer(): string | undefined {
  const program = process.env['TEST_PGBOUNCER'] ?? '/usr/sbin/pgbouncer';
  return existsSync(program) ? program : undefined;
}

/** Finds the folder of Kannel's programs, to which messages go as to a provider. */
function findKannel(): string | undefined {
  const folder = process.env['TEST_KANNEL'] ?? '/usr/sbin';
  return existsSync(join(folder, 'bearerbox')) ? folder : undefined;
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
      install: 'apt-get install chromium-headless-shell, or set TEST_CHROMIUM to a path',
    });
  }
  if (!findStrace()) {
    missing.push({
      what: 'usage on SQLite, killed at the N-th fsync',
      install: 'apt-get install strace, and allow ptrace',
    });
  }
  if (!findPgbouncer()) {
    missing.push({
      what: 'PostgreSQL behind PgBouncer',
      install: 'apt-get install pgbouncer, or set TEST_PGBOUNCER to the path of one',
    });
  }
  if (!findKannel()) {
    missing.push({
      what: 'messages through a real Kannel',
      install: 'apt-get install kannel, or set TEST_KANNEL to the folder of bearerbox and smsbox',
    });
  }
  if (!hasStandbyParts()) {
    missing.push({
      what: 'a primary that is killed, and its standby (test/chaos/failover)',
      install: 'apt-get install patroni etcd-server haproxy',
    });
  }
  for (const [program, what, from] of OTHER_PROGRAMS) {
    if (!existsSync(program)) missing.push({ what, install: `apt-get install ${from}` });
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
  if (!hasNamespaces()) {
    missing.push({
      what: 'an installation whose parts fail (test/chaos; it takes namespaces of its own)',
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
  if (!hasShared) {
    console.log(
      '– the official OpenAPI files are not beside the checkout: answers are not compared with them',
    );
  }
  return missing;
}

const files = process.argv.slice(2);
const registry = reachRegistry();
const chromium = findChromium();
const strace = findStrace();
const pgbouncer = findPgbouncer();
const kannel = findKannel();
const data = makeDataFolder();
const cluster = process.env['TEST_DATABASE_URL'] ? null : await startCluster({ place: data.path });
try {
  const env = {
    ...process.env,
    TEST_DATA_FOLDER: data.path,
    TEST_PROGRAM: await buildProgram(join(data.path, 'program')),
    // The folder ends with the run, and so does the cache of the program in it.
    NODE_COMPILE_CACHE: join(data.path, 'compile-cache'),
    ...(cluster && { TEST_DATABASE_URL: cluster.url }),
    ...(registry && { TEST_REGISTRY: '1' }),
    ...(chromium !== undefined && { TEST_CHROMIUM: chromium }),
    ...(strace !== undefined && { TEST_STRACE: strace }),
    ...(kannel !== undefined && { TEST_KANNEL: kannel }),
    ...(pgbouncer !== undefined && { TEST_PGBOUNCER: pgbouncer }),
  };
  if (files.length > 0) await run('tests', process.execPath, [...RUNNER, ...files], { env });
  else {
    await fillCompileCache(env.TEST_PROGRAM, env.NODE_COMPILE_CACHE);
    // The static checks need no database, so the tests do not wait for them.
    const results = await Promise.allSettled([runParts(allParts(), env), runStaticChecks()]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
} catch (error) {
  if (!(error instanceof StopError)) throw error;
  console.error(`✖ ${error.message}`);
} finally {
  cluster?.stop();
  data.remove();
}

const missing = findMissing(cluster, registry);
for (const { what, install } of missing) {
  console.log(`– not tested: ${what}\n  to test it: ${install}`);
}
if (missing.length > 0 && process.env['CI'] === 'true') {
  console.error('✖ CI must test everything');
  process.exitCode = 1;
}
