import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PROGRAM } from './program/program.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { type Result } from './tieline-process.ts';

/** The longest wait for a process. After it, the test fails. */
const PATIENCE_MS = 60_000;

/** One compile cache for all places, although each place has its own temporary files. */
const NODE_COMPILE_CACHE =
  process.env['NODE_COMPILE_CACHE'] ?? join(tmpdir(), 'node-compile-cache');

/** The output at the end of a run whose program sent nothing through the proxy. */
export const NOTHING_CAME =
  /^tieline: COMMAND has ended, and the proxy got no request from it\. [^\n]+\n$/;

/** Whether this user can make a network namespace on this machine, as a run does. */
const user = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user'];
export const hasNamespaces = spawnSync('unshare', [...user, '--net', 'true']).status === 0;

interface Extra {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The whole standard input of the process. */
  readonly input?: string;
  /** Gives the process a terminal instead of standard streams. `type` types on it. */
  readonly terminal?: boolean;
}

/** A running process. The end of its scope kills it. */
interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: () => string;
  /** Waits until the standard output holds this text. */
  readonly says: (text: string) => Promise<void>;
  /** Types on the process's terminal. */
  readonly type: (text: string) => void;
  readonly signal: (name: NodeJS.Signals) => void;
  readonly end: () => Promise<Result>;
}

/** A home folder for running programs. The end of its scope removes it. */
export interface RunPlace extends Disposable {
  readonly path: string;
  /** The folder of this home's CA. */
  readonly ca: string;
  /** The folder for temporary files of programs. */
  readonly temporary: string;
  /** The `PATH` of programs. */
  readonly searched: string;
  readonly file: (name: string, text: string) => string;
  /** Runs `tieline run` to its end. */
  readonly run: (parameters: readonly string[], extra?: Extra) => Promise<Result>;
  /** Begins `tieline run`. */
  readonly begin: (parameters: readonly string[], extra?: Extra) => Running;
  /** Runs any command to its end. */
  readonly spawn: (command: readonly string[], extra?: Extra) => Promise<Result>;
  /** Begins any command. */
  readonly launch: (command: readonly string[], extra?: Extra) => Running;
}

export function runPlace(): RunPlace {
  const folder = temporaryFolder();
  const [home, temporary] = [folder.at('home'), folder.at('tmp')];
  for (const made of [home, temporary]) mkdirSync(made);
  const searched = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const launch = (command: readonly string[], extra: Extra = {}) => {
    const { env, cwd, input = '', terminal = false } = extra;
    const [name = '', ...rest] = terminal ? inTerminal(command) : command;
    const child = spawn(name, rest, {
      cwd: cwd ?? folder.path,
      env: { HOME: home, TMPDIR: temporary, PATH: searched, NODE_COMPILE_CACHE, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => {});
    if (!terminal) child.stdin.end(input);
    return watched(child);
  };
  const begin = (parameters: readonly string[], extra?: Extra) =>
    launch([process.execPath, PROGRAM, 'run', ...parameters], extra);
  return {
    path: folder.path,
    ca: join(home, '.local', 'share', 'tieline', 'ca'),
    temporary,
    searched,
    file(name, text) {
      writeFileSync(folder.at(name), text);
      return folder.at(name);
    },
    launch,
    begin,
    spawn: async (command, extra) => await launch(command, extra).end(),
    run: async (parameters, extra) => await begin(parameters, extra).end(),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** The folders that runs of this place left among temporary files. */
export function trustFoldersIn({ temporary }: RunPlace): string[] {
  return readdirSync(temporary).filter((name) => name.startsWith('tieline'));
}

/** The command by which util-linux runs a command in a terminal of its own. */
function inTerminal(command: readonly string[]): string[] {
  const quoted = command.map((part) => `'${part.replaceAll("'", String.raw`'\''`)}'`);
  return ['script', '--quiet', '--return', '--command', `exec ${quoted.join(' ')}`, '/dev/null'];
}

function watched(child: ReturnType<typeof spawn>): Running {
  const texts = { stdout: '', stderr: '' };
  const readers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
      for (const read of readers) read();
    });
  }
  const ended = once(child, 'close').then(([status]): Result => ({ status, ...texts, data: null }));
  const bounded = async <T>(outcome: Promise<T>, what: string): Promise<T> => {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`waited for ${what}: ${texts.stdout}${texts.stderr}`));
    }, PATIENCE_MS);
    return await Promise.race([outcome, promise]).finally(() => clearTimeout(timer));
  };
  const heard = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const read = () => texts.stdout.includes(text) && resolve();
      readers.add(read);
      void ended.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)));
      read();
    });
  return {
    pid: child.pid ?? 0,
    stdout: () => texts.stdout,
    type: (text) => void child.stdin?.write(text),
    says: (text) => bounded(heard(text), `"${text}"`),
    signal: (name) => void child.kill(name),
    end: () => bounded(ended, 'the end'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
