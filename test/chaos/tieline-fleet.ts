import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createWriteStream,
  globSync,
  readFileSync,
  type WriteStream,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { COMPILE_CACHE, PROGRAM } from '../support/program/program.ts';
import { BrokenPromise } from './broken-promise.ts';

const [FAKETIME] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
export const ADMIN_TOKEN = 'chaos-operator-9f3c1e77a0';
/** The pause of a supervisor before it starts an ended process again. */
const RESTART_MS = 300;
const LAST_LINES = 12;

interface Settings {
  readonly folder: string;
  readonly number: number;
  readonly port: number;
  /** The value for `--data`. */
  readonly data: string;
  /** The program of another version. */
  readonly program?: string;
}

/**
 * One Tieline process in production mode with its supervisor: a process that ends is started again.
 */
export class Tieline {
  readonly number: number;
  readonly port: number;
  /** A command that the next start runs the process with, such as strace. */
  wrap: readonly string[] = [];
  readonly #settings: Settings;
  readonly #log: WriteStream;
  #child: ChildProcess | null = null;
  #maySelfEnd = 0;
  #isStopped = false;
  #starts = 0;

  constructor(settings: Settings) {
    this.number = settings.number;
    this.port = settings.port;
    this.#settings = settings;
    this.#log = createWriteStream(this.#logFile, { flags: 'a' });
  }

  get #logFile(): string {
    return join(this.#settings.folder, `tieline-${this.number}.log`);
  }

  get #clockFile(): string {
    return join(this.#settings.folder, `clock-${this.number}`);
  }

  /** Whether the clock of this process can be set wrong. */
  get hasClock(): boolean {
    return this.number === 1 && FAKETIME !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get starts(): number {
    return this.#starts;
  }

  /** The last lines that the process wrote. */
  get lastLines(): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  }

  /** Starts the process. An end that nobody asked for is a broken promise. */
  run(onBroken: (broken: BrokenPromise) => void): void {
    void this.#supervise().catch(onBroken);
  }

  async #supervise(): Promise<void> {
    while (!this.#isStopped) {
      const child = this.#spawn();
      const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
      this.#child = null;
      if (signal !== 'SIGKILL' && this.#maySelfEnd === 0 && !this.#isStopped) {
        const end = signal ?? `status ${status}`;
        throw new BrokenPromise(`process ${this.number} ended by itself (${end})`, this.lastLines);
      }
      await sleep(RESTART_MS);
    }
  }

  #spawn(): ChildProcess {
    const { folder, data, port, program: path = PROGRAM } = this.#settings;
    const carriers = join(folder, 'carriers.yaml');
    writeFileSync(carriers, 'routes: { default: simulated }\n');
    const [program, ...before] = [...this.wrap, process.execPath, path];
    this.wrap = [];
    this.#starts += 1;
    const child = spawn(program, [...before, 'serve', '--production', '--port', String(port)], {
      cwd: folder,
      env: {
        HOME: folder,
        PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
        ...COMPILE_CACHE,
        ...SERVER_SETTINGS,
        TIELINE_DATA: data,
        TIELINE_CARRIERS: carriers,
        ...(this.hasClock && this.#clockSettings()),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.pipe(this.#log, { end: false });
    child.stderr?.pipe(this.#log, { end: false });
    this.#child = child;
    return child;
  }

  #clockSettings(): Record<string, string> {
    this.setClock(0);
    return {
      LD_PRELOAD: FAKETIME ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#clockFile,
      FAKETIME_CACHE_DURATION: '1',
      // Timers use the monotonic clock, which must stay right.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** Sets the clock of the process wrong by some seconds, from the next second on. */
  setClock(seconds: number): void {
    writeFileSync(this.#clockFile, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** While the work runs, an end by itself is no broken promise: the database is away. */
  async mayEndDuring<T>(work: () => Promise<T>): Promise<T> {
    this.#maySelfEnd += 1;
    try {
      return await work();
    } finally {
      this.#maySelfEnd -= 1;
    }
  }

  /** Ends the process, and starts it again with another command before its own. */
  restartWith(wrap: readonly string[]): void {
    this.wrap = wrap;
    this.signal('SIGKILL');
  }

  /** Ends the process in order. @throws BrokenPromise when its status is not 0 */
  async leave(): Promise<void> {
    this.#isStopped = true;
    const child = this.#child;
    if (!child) return;
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    const [status, signal] = (await ended) as [number | null, string | null];
    if (status === 0) return;
    const end = signal ?? `status ${status}`;
    throw new BrokenPromise(`process ${this.number} left with ${end}`, this.lastLines);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const child = this.#child;
    if (!child) return;
    const ended = once(child, 'close');
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await ended;
  }
}

/** The settings that all processes of an installation share. */
export const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  TIELINE_PUBLIC_URL: 'https://tieline.example',
  TIELINE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  TIELINE_ADMIN_TOKEN: ADMIN_TOKEN,
  TIELINE_REQUESTS_PER_SECOND: '0',
  TIELINE_LOG_LEVEL: 'warn',
};

/** Makes the processes of an installation. @param dataOf the value of `--data` for each of them */
export async function makeFleet(
  folder: string,
  count: number,
  dataOf: (number: number) => string,
): Promise<Tieline[]> {
  const fleet: Tieline[] = [];
  for (let number = 1; number <= count; number += 1) {
    const settings = { folder, number, port: await freePort(), data: dataOf(number) };
    fleet.push(new Tieline(settings));
  }
  return fleet;
}
