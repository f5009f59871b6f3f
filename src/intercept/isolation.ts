import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket as UdpSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';
import { ConfigError } from '../config.ts';
import { HELPER, SETUP } from './isolation-helper.ts';
import { answerNames } from './isolation-names.ts';

/** The listeners in the namespace, each on the port that it has outside. */
export interface IsolationDoors {
  /** By port on 127.0.0.1. */
  readonly ports: Readonly<Record<number, (socket: Socket) => void>>;
  /** Takes connections to any address on ports 80 and 443. */
  readonly web: (socket: Socket) => void;
  /** The `PATH` on which the system's programs are found. */
  readonly path: string;
  /** The name servers in the system's settings. */
  readonly nameservers: readonly string[];
}

/** A network for one program, in which only Tieline can be reached. */
export interface Isolation {
  /** A command that runs another one in it. */
  readonly wrap: (command: readonly [string, ...string[]]) => [string, ...string[]];
  /** Connects to a port of 127.0.0.1 in the namespace, where the program receives webhooks. */
  readonly reach: (port: number) => Promise<Socket>;
  close(): void;
}

/** Two ways to make a namespace: as root, or with a user namespace that keeps the user. */
const WAYS = [
  { make: [], enter: [], root: true },
  {
    make: ['--user', '--map-current-user', '--keep-caps'],
    enter: ['--user', '--preserve-credentials'],
    root: false,
  },
] as const;
const START_MS = 10_000;
const DIAL_MS = 5_000;
/** The most name servers that are replaced; systems read three. */
const MAX_NAMESERVERS = 8;

/** A message from the helper in the namespace. */
type Told =
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'web' | 'names' | 'ready' }
  | { readonly kind: 'dialled'; readonly id: number; readonly error?: string };

/**
 * Makes a network namespace with listeners that lead here. A listener stays in the namespace it was
 * opened in, even when another process holds it. A helper in the namespace therefore opens the
 * listeners and hands them over.
 * @throws ConfigError when the system has no network namespaces, or forbids this user to make one
 */
export async function openIsolation(doors: IsolationDoors): Promise<Isolation> {
  let problem = `this is ${process.platform}`;
  for (const way of process.platform === 'linux' ? WAYS : []) {
    if (way.root && process.getuid?.() !== 0) continue;
    const tried = await begin(way, doors);
    if (typeof tried !== 'string') return tried;
    problem = tried;
  }
  throw new ConfigError(
    `--isolate could not make a network for COMMAND (${problem}): it needs Linux as root or with user ` +
      'namespaces, and the programs unshare, nsenter and ip.',
  );
}

/** @returns what went wrong, in a few words */
async function begin(
  { make, enter }: (typeof WAYS)[number],
  doors: IsolationDoors,
): Promise<Isolation | string> {
  const nameservers = doors.nameservers.slice(0, MAX_NAMESERVERS);
  const wanted = JSON.stringify({ ports: Object.keys(doors.ports).map(Number), nameservers });
  const inside = ['sh', '-euc', SETUP, process.execPath, HELPER, wanted];
  const helper = spawn('unshare', [...make, '--net', '--', ...inside], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: `${doors.path}:/usr/sbin:/sbin` },
  });
  const problem = await started(helper, doors);
  if (problem !== null) {
    helper.kill('SIGKILL');
    return problem;
  }
  const end = () => void helper.kill('SIGKILL');
  process.on('exit', end);
  // The helper does not keep this process alive, and ends with it.
  helper.unref();
  helper.channel?.unref();
  return {
    wrap: (command) => [
      'nsenter',
      '--target',
      String(helper.pid),
      ...enter,
      '--net',
      '--',
      ...command,
    ],
    reach: dialler(helper),
    close: end,
  };
}

/** Takes the listeners from the helper, until it is ready. */
async function started(helper: ChildProcess, doors: IsolationDoors): Promise<string | null> {
  let said = '';
  helper.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(0, 500);
  });
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const late = setTimeout(resolve, START_MS, 'it took too long');
  helper.once('error', ({ message }) => resolve(message));
  helper.once('close', () => resolve(said.trim().split('\n')[0] || 'its helper ended'));
  helper.on('message', (told: Told, handle: unknown) => {
    if (told.kind === 'ready') resolve(null);
    if (told.kind === 'web') (handle as Server).on('connection', doors.web);
    if (told.kind === 'names') answerNames(handle as UdpSocket);
    if (told.kind === 'port') {
      (handle as Server).on('connection', (socket: Socket) => doors.ports[told.port]?.(socket));
    }
  });
  return await promise.finally(() => clearTimeout(late));
}

function dialler(helper: ChildProcess): Isolation['reach'] {
  let last = 0;
  const waiting = new Map<number, (told: Told & { kind: 'dialled' }, socket?: Socket) => void>();
  helper.on('message', (told: Told, socket: unknown) => {
    if (told.kind === 'dialled') waiting.get(told.id)?.(told, socket as Socket | undefined);
  });
  return (port) => {
    last += 1;
    const id = last;
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const fail = (code: string) => {
      reject(Object.assign(new Error(`connect ${code} 127.0.0.1:${port}`), { code }));
    };
    const late = setTimeout(fail, DIAL_MS, 'ETIMEDOUT');
    waiting.set(id, ({ error }, socket) => {
      if (socket) resolve(socket);
      else fail(error ?? 'ECONNREFUSED');
    });
    helper.send({ id, port }, (error) => {
      if (error) fail('ENETDOWN');
    });
    return promise.finally(() => {
      clearTimeout(late);
      waiting.delete(id);
    });
  };
}
