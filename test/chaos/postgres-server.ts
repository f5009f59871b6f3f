import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../support/free-port.ts';
import { findBinaries } from '../support/postgres-cluster.ts';
import { SmallDisk } from './small-disk.ts';

const ADMINISTRATOR = 'administrator';
/** The role of Tieline's processes. It owns the database and nothing else. */
const ROLE = 'tieline';
const DATABASE = 'tieline';
const MAX_CONNECTIONS = 60;
/** The longest start, with the recovery after a crash. */
const START_MS = 60_000;
const LOOK_MS = 50;

/**
 * A durable PostgreSQL server that a run starts, stops, breaks and starts again. Its tables are on a
 * small disk of their own, which can be filled.
 */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly disk: SmallDisk;
  readonly maxConnections = MAX_CONNECTIONS;
  readonly #binaries: string;
  readonly #folder: string;
  readonly #owner: { readonly uid?: number; readonly gid?: number };
  #process: ChildProcess | null = null;
  #isMade = false;

  private constructor(port: number, folder: string, binaries: string) {
    this.port = port;
    this.#binaries = binaries;
    this.#folder = folder;
    this.#owner = serverUser();
    this.disk = new SmallDisk(join(folder, 'disk'), this.#owner);
  }

  /** Makes a server in a folder. @throws when PostgreSQL is not installed */
  static async make(folder: string): Promise<PostgresServer> {
    const binaries = findBinaries();
    if (!binaries) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
    mkdirSync(folder, { recursive: true });
    const server = new PostgresServer(await freePort(), folder, binaries);
    const { uid, gid } = server.#owner;
    if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
    const parameters = ['-D', server.#data, '-U', ADMINISTRATOR, '-A', 'trust', '-E', 'UTF8'];
    const options = { stdio: 'ignore', cwd: folder, ...server.#owner } as const;
    execFileSync(join(binaries, 'initdb'), parameters, options);
    await server.start();
    await server.query(`create role ${ROLE} login`);
    await server.query(`create tablespace small location '${server.disk.path}'`);
    await server.query(`create database ${DATABASE} owner ${ROLE} tablespace small`);
    server.#isMade = true;
    return server;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  /** Tieline's URL of the database, over this port. */
  urlAt(port: number): string {
    return `postgres://${ROLE}@127.0.0.1:${port}/${DATABASE}`;
  }

  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'log'), 'a');
    const settings = [
      `listen_addresses=127.0.0.1`,
      `unix_socket_directories=`,
      `max_connections=${MAX_CONNECTIONS}`,
      'fsync=on',
      'synchronous_commit=on',
    ].flatMap((setting) => ['-c', setting]);
    const parameters = ['-D', this.#data, '-p', String(this.port), ...settings];
    const options = { stdio: ['ignore', log, log] as ['ignore', number, number] };
    this.#process = spawn(join(this.#binaries, 'postgres'), parameters, {
      ...options,
      cwd: this.#folder,
      ...this.#owner,
    });
    await this.answers();
  }

  get isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  /** Waits until the server takes statements. */
  async answers(): Promise<void> {
    const latest = performance.now() + START_MS;
    for (;;) {
      try {
        await this.query('select 1');
        return;
      } catch (error) {
        if (performance.now() > latest) throw error;
        await sleep(LOOK_MS);
      }
    }
  }

  /** Ends the server at once, without a checkpoint: the next start recovers. */
  async stopAtOnce(): Promise<void> {
    const server = this.#process;
    if (!server || !this.isRunning) return;
    const ended = once(server, 'exit');
    server.kill('SIGQUIT');
    await ended;
  }

  /** Runs a statement as the administrator, on a connection of its own. */
  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    await using session = await this.session();
    return (await session.query<Row>(text, values)).rows;
  }

  /** A connection of the administrator. */
  async session(): Promise<pg.Client & AsyncDisposable> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.port,
      user: ADMINISTRATOR,
      database: this.#isMade ? DATABASE : 'postgres',
    });
    client.on('error', () => {});
    await client.connect();
    return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
  }

  /** The process ids of the backends that serve Tieline. */
  async backends(): Promise<number[]> {
    const rows = await this.query<{ pid: number }>(
      'select pid from pg_stat_activity where usename = $1',
      [ROLE],
    );
    return rows.map(({ pid }) => pid);
  }

  /** The process ids of the server and all its children. */
  processes(): number[] {
    const pid = this.#process?.pid;
    if (pid === undefined) return [];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...children.split(' ').filter(Boolean).map(Number)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAtOnce();
    this.disk[Symbol.dispose]();
  }
}

/** PostgreSQL refuses to run as root, and then runs as its own user. */
function serverUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}
