import { execFile, spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The programs of the matrix, with their files, their preparation and their start. */

const HERE = import.meta.dirname;
/** The longest cold download of everything that one language needs. */
const INSTALL_MS = 300_000;

const execute = promisify(execFile);

/** A program that must be installed on the machine. */
interface Tool {
  readonly check: readonly [string, ...string[]];
  readonly install: string;
}

export interface Program {
  /** A column of the table: the SDK or the way of its use. */
  readonly sdk: string;
  readonly version: string | null;
  readonly tools: readonly Tool[];
  /** The files copied into the folder, by their names in it. A change of one makes it anew. */
  readonly files: Readonly<Record<string, string>>;
  /** Prepares the folder; absent when the files are enough. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** The command of the program. */
  readonly command: (folder: string) => readonly [string, ...string[]];
  /** The folder in which the program finds commands first. */
  readonly path?: (folder: string) => string;
}

export const PYTHON = {
  check: ['python3', '-c', 'import ensurepip, venv'],
  install: 'apt-get install python3-venv',
} as const;
export const JAVA = {
  check: ['javac', '-version'],
  install: 'apt-get install default-jdk-headless',
} as const;
export const MAVEN = {
  check: ['sh', '-c', 'command -v mvn'],
  install: 'apt-get install maven',
} as const;
const GO = { check: ['go', 'version'], install: 'apt-get install golang-go' } as const;
const CURL = { check: ['curl', '--version'], install: 'apt-get install curl' } as const;

/** Whether the machine has each tool. The machine is asked once for each. */
const found = new Map<Tool, boolean>();
function hasTool(tool: Tool): boolean {
  const [program, ...parameters] = tool.check;
  const known = found.get(tool);
  if (known !== undefined) return known;
  const has = spawnSync(program, parameters, { stdio: 'ignore' }).status === 0;
  found.set(tool, has);
  return has;
}

/** The tools that a program needs and the machine does not have. */
export function missingTools({ tools }: Program): Tool[] {
  return tools.filter((tool) => !hasTool(tool));
}

async function run(cwd: string, program: string, ...parameters: string[]): Promise<void> {
  await execute(program, parameters, { cwd, timeout: INSTALL_MS, env: installing() });
}

/** The environment in which npm and its scripts run on the Node.js of the tests. */
function installing(): NodeJS.ProcessEnv {
  const PATH = [join(process.execPath, '..'), process.env['PATH']].join(delimiter);
  return { ...process.env, PATH };
}

/** The files of some folders by their names. A later file replaces an earlier one. */
function filesOf(...patterns: string[]): Record<string, string> {
  const names = patterns.flatMap((pattern) => globSync(pattern, { cwd: HERE }).toSorted());
  return Object.fromEntries(names.map((name) => [name.replace(/^.*\//, ''), join(HERE, name)]));
}

function versionIn(file: string, pattern: RegExp): string {
  const [, version] = pattern.exec(readFileSync(join(HERE, file), 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${file} names no version of the SDK.`);
  return version;
}

function node(kind: string, file: string): Program {
  const version = versionIn('../../package.json', /"twilio": "([\d.]+)"/);
  const command = () => [process.execPath, join(HERE, 'node', file)] as const;
  return { sdk: `Node.js, ${kind}`, version, tools: [], files: {}, command };
}

/** Installs the packages of the folder's `requirements.txt` beside it. */
export async function makeVenv(folder: string): Promise<void> {
  await run(folder, 'python3', '-m', 'venv', 'venv');
  const quiet = ['--quiet', '--disable-pip-version-check'];
  const install = ['-m', 'pip', 'install', ...quiet, '-r', 'requirements.txt'];
  await run(folder, 'venv/bin/python', ...install);
}

function python(lock: string): Program {
  return {
    sdk: 'Python',
    version: versionIn(lock, /^twilio==([\d.]+)$/m),
    tools: [PYTHON],
    files: filesOf(lock),
    prepare: makeVenv,
    // The folder moves when it is ready, which would break the scripts of a venv.
    command: (folder) => [
      join(folder, 'venv/bin/python'),
      '-B',
      join(HERE, 'python', 'scenario.py'),
    ],
  };
}

/** Fetches the packages of the folder's `pom.xml`. */
export async function makeJars(folder: string): Promise<void> {
  const goal = ['dependency:copy-dependencies', '-DoutputDirectory=jars', '-DincludeScope=runtime'];
  await run(folder, 'mvn', '--quiet', '--batch-mode', ...goal);
}

/** Fetches the packages of the folder's `pom.xml` and compiles the sources beside it. */
export async function makeClasses(folder: string): Promise<void> {
  await makeJars(folder);
  const sources = globSync('*.java', { cwd: folder });
  await run(folder, 'javac', '-cp', 'jars/*', '-d', 'classes', ...sources);
}

/** The command that starts a class made by `makeClasses`. */
export function startClass(folder: string, name: string): [string, ...string[]] {
  const classes = [join(folder, 'classes'), join(folder, 'jars', '*')].join(delimiter);
  return ['java', '-cp', classes, name];
}

function java(pom: string): Program {
  return {
    sdk: 'Java',
    version: versionIn(pom, /<artifactId>twilio<\/artifactId>\s*<version>([\d.]+)/),
    tools: [JAVA, MAVEN],
    files: filesOf('java/*.java', pom),
    prepare: makeClasses,
    command: (folder) => startClass(folder, 'Scenario'),
  };
}

function go(folderOfLock: string): Program {
  return {
    sdk: 'Go',
    version: versionIn(`${folderOfLock}/go.mod`, /twilio-go v([\d.]+)/),
    tools: [GO],
    files: filesOf('go/*.go', `${folderOfLock}/go.*`),
    prepare: (folder) => run(folder, 'go', 'build', '-mod=readonly', '-o', 'scenario', '.'),
    command: (folder) => [join(folder, 'scenario')],
  };
}

function cli(folderOfLock: string): Program {
  return {
    sdk: 'twilio-cli',
    version: versionIn(`${folderOfLock}/package.json`, /"twilio-cli": "([\d.]+)"/),
    tools: [],
    files: filesOf(`${folderOfLock}/package*.json`),
    prepare: (folder) => run(folder, 'npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'),
    command: () => ['sh', join(HERE, 'cli', 'scenario.sh')],
    path: (folder) => join(folder, 'node_modules', '.bin'),
  };
}

/** The machine's curl. No lock file fixes its version, so the table does not name it. */
function curl(): Program {
  const command = () => ['sh', join(HERE, 'curl', 'scenario.sh')] as const;
  return { sdk: 'curl', version: null, tools: [CURL], files: {}, command };
}

function olderNode(): Program {
  return {
    ...node('ESM', 'esm.mjs'),
    version: versionIn('older/node/package.json', /"twilio": "([\d.]+)"/),
    files: filesOf('node/*.{ts,mjs}', 'older/node/*.json'),
    prepare: (folder) => run(folder, 'npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'),
    command: (folder) => [process.execPath, join(folder, 'esm.mjs')],
  };
}

/**
 * An SDK whose registry no test run reaches. The environment names a folder with its sources.
 * Without that folder the program is left out and does not count as missing.
 */
function fromSources(
  language: string,
  variable: string,
  parts: { readonly version: string; readonly tool: string },
  command: (sources: string) => readonly [string, ...string[]],
): Program {
  const sources = process.env[variable] ?? '';
  const file = join(sources, parts.version);
  const named = sources !== '' && existsSync(file) ? readFileSync(file, 'utf8') : '';
  const numbers = /VERSION = '([\d.]+)'/.exec(named)?.[1];
  const [major, minor, patch] = [...named.matchAll(/const \w+ = "(\d+)"/g)].map(([, n]) => n);
  const version = numbers ?? (major === undefined ? null : `${major}.${minor}.${patch}`);
  const tools = [
    { check: [parts.tool, '--version'], install: `apt-get install ${parts.tool}` },
    { check: ['test', '-n', named && sources], install: `${variable}=FOLDER` },
  ] as const;
  return { sdk: language, version, tools, files: {}, command: () => command(sources) };
}

export const FROM_SOURCES: readonly Program[] = [
  fromSources(
    'PHP',
    'TEST_TWILIO_PHP',
    { version: 'src/Twilio/VersionInfo.php', tool: 'php' },
    (sources) => ['php', join(HERE, 'php', 'scenario.php'), sources],
  ),
  fromSources(
    'Ruby',
    'TEST_TWILIO_RUBY',
    { version: 'lib/twilio-ruby/version.rb', tool: 'ruby' },
    (sources) => ['ruby', '-I', join(sources, 'lib'), join(HERE, 'ruby', 'scenario.rb')],
  ),
];

/** The newest release of each SDK, in the order of the table. The slowest are last. */
export const NEWEST: readonly Program[] = [
  node('CommonJS', 'commonjs.cjs'),
  node('ESM', 'esm.mjs'),
  node('TypeScript', 'typescript.ts'),
  python('python/requirements.txt'),
  java('java/pom.xml'),
  go('go'),
  curl(),
  cli('cli'),
];

/** One release of an earlier major version of each SDK. */
export const OLDER: readonly Program[] = [
  olderNode(),
  python('older/python/requirements.txt'),
  java('older/java/pom.xml'),
  go('older/go'),
  cli('older/cli'),
];
