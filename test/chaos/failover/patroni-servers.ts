import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { blocksOf } from '../../support/guide-blocks.ts';
import { findBinaries, serverUser } from '../../support/postgres-cluster.ts';
import { BrokenPromise } from '../broken-promise.ts';
import { HAPROXY } from './standby-parts.ts';

const GUIDE = 'docs/guides/postgresql.md';
const NAMES = ['one', 'two', 'three'] as const;
type Name = (typeof NAMES)[number];
const DATABASE_SERVERS = ['one', 'two'] as const;
type DatabaseServer = (typeof DATABASE_SERVERS)[number];
/** The addresses of the guide. The run has a network of its own, so it may have them. */
const ADDRESSES: Readonly<Record<Name, string>> = {
  one: '10.0.0.11',
  two: '10.0.0.12',
  three: '10.0.0.13',
};
const LOOK_MS = 100;
const ASK_MS = 2_000;

/** One server as Patroni lists it. */
interface Member {
  readonly name: string;
  readonly role: string;
  readonly state: string;
}

/** Two PostgreSQL servers under Patroni, three of etcd, and HAProxy, as the guide configures them. */
export class PatroniServers implements AsyncDisposable {
  readonly #folder: string;
  readonly #user = serverUser();
  readonly #processes = new Map<string, ChildProcess>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts everything, and waits until the standby is synchronous. */
  static async start(folder: string): Promise<PatroniServers> {
    const servers = new PatroniServers(folder);
    servers.#makeFolder('');
    for (const name of NAMES) {
      execFileSync('ip', ['address', 'add', `${ADDRESSES[name]}/32`, 'dev', 'lo']);
      servers.#startEtcd(name);
    }
    for (const name of DATABASE_SERVERS) servers.startPatroni(name);
    servers.#startHaproxy();
    await servers.untilSynchronous();
    await servers.#query('postgres', block('make-database.sql').split('\n').filter(Boolean));
    return servers;
  }

  /** Tieline's URL, as the guide has it. */
  get url(): string {
    const [url] =
      /postgres:\/\/\S+127\.0\.0\.1:5000\/tieline/.exec(readFileSync(GUIDE, 'utf8')) ?? [];
    if (url === undefined) throw new Error(`${GUIDE} has no URL`);
    return url;
  }

  /** Runs a statement as the administrator, at the primary. */
  async query<Row extends object>(text: string): Promise<Row[]> {
    return this.#query<Row>('tieline', [text]);
  }

  async #query<Row extends object>(database: string, texts: readonly string[]): Promise<Row[]> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: 5000,
      user: 'postgres',
      password: 'the-password-of-the-superuser',
      database,
    });
    client.on('error', () => {});
    await client.connect();
    try {
      let rows: Row[] = [];
      for (const text of texts) ({ rows } = await client.query<Row>(text));
      return rows;
    } finally {
      await client.end();
    }
  }

  #makeFolder(name: string): string {
    const path = join(this.#folder, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (this.#user) chownSync(path, this.#user.uid, this.#user.gid);
    return path;
  }

  #spawn(name: string, command: string, parameters: string[], env: NodeJS.ProcessEnv = {}): void {
    const log = openSync(this.#logOf(name), 'a');
    const child = spawn(command, parameters, {
      cwd: this.#folder,
      env: { PATH: process.env['PATH'], HOME: this.#folder, LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', log, log],
      ...this.#user,
    });
    child.once('error', () => {});
    this.#processes.set(name, child);
  }

  #logOf(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  /** Stores a block of the guide as a file of this server. @returns its path */
  #store(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (this.#user) chownSync(path, this.#user.uid, this.#user.gid);
    return path;
  }

  #startEtcd(name: Name): void {
    const data = this.#makeFolder(`etcd-${name}`);
    const [own, rest] = splitAfter(block('/etc/default/etcd'), 'ETCD_INITIAL_CLUSTER=');
    const text =
      own.replace('=one', `=${name}`).replaceAll(ADDRESSES.one, ADDRESSES[name]) +
      rest.replace('/var/lib/etcd/tieline', data);
    const lines = text.split('\n').filter(Boolean);
    const env = Object.fromEntries(lines.map((line) => splitAfter(line, '=', 1)));
    this.#spawn(`etcd-${name}`, 'etcd', [], env);
  }

  startPatroni(name: DatabaseServer): void {
    const place = this.#makeFolder(`postgres-${name}`);
    const data = join(place, 'data');
    const text = block('/etc/patroni/config.yml')
      .replace('name: one', `name: ${name}`)
      .split('\n')
      .map((line) =>
        line.includes('# own address') ? line.replace(ADDRESSES.one, ADDRESSES[name]) : line,
      )
      .join('\n')
      .replace('/var/lib/postgresql/15/tieline', data)
      .replace('/var/run/postgresql', place)
      .replace('/usr/lib/postgresql/15/bin', findBinaries() ?? '');
    this.#spawn(`patroni-${name}`, 'patroni', [this.#store(`patroni-${name}.yml`, text)]);
  }

  #startHaproxy(): void {
    const file = this.#store('haproxy.cfg', block('/etc/haproxy/haproxy.cfg'));
    this.#spawn('haproxy', HAPROXY, ['-db', '-f', file]);
  }

  /** The servers as Patroni sees them; none while it does not answer. */
  async members(): Promise<Member[]> {
    for (const name of DATABASE_SERVERS) {
      try {
        const answer = await fetch(`http://${ADDRESSES[name]}:8008/cluster`, {
          signal: AbortSignal.timeout(ASK_MS),
        });
        return ((await answer.json()) as { members: Member[] }).members;
      } catch {
        // The other one may answer.
      }
    }
    return [];
  }

  async primary(): Promise<DatabaseServer> {
    const found = (await this.members()).find(({ role }) => role === 'leader');
    if (found?.name !== 'one' && found?.name !== 'two') throw new Error('there is no primary');
    return found.name;
  }

  /** Hands over from the primary to the standby, as `patronictl switchover` does. */
  async switchOver(): Promise<void> {
    const leader = await this.primary();
    const candidate = leader === 'one' ? 'two' : 'one';
    const answer = await fetch(`http://${ADDRESSES[leader]}:8008/switchover`, {
      method: 'POST',
      body: JSON.stringify({ leader, candidate }),
    });
    if (!answer.ok) throw new BrokenPromise('no switchover', { why: await answer.text() });
  }

  /** Waits until one server is the primary, and the other one has every answered change. */
  async untilSynchronous(patienceMs = 60_000): Promise<void> {
    const latest = performance.now() + patienceMs;
    for (;;) {
      const members = await this.members();
      const roles = members.map(({ role }) => role).toSorted();
      if (roles.join() === 'leader,sync_standby' && (await this.#isReachable())) return;
      if (performance.now() > latest) {
        throw new BrokenPromise('no synchronous standby', { members, logs: this.lastLines });
      }
      await sleep(LOOK_MS);
    }
  }

  async #isReachable(): Promise<boolean> {
    return this.#query('postgres', ['select 1']).then(
      () => true,
      () => false,
    );
  }

  get lastLines(): Record<string, string[]> {
    const names = [...this.#processes.keys()];
    const lines = (name: string) => readFileSync(this.#logOf(name), 'utf8').split('\n').slice(-15);
    return Object.fromEntries(names.map((name) => [name, lines(name)]));
  }

  /** Kills Patroni, PostgreSQL and etcd of one server, as if the machine had died. */
  killMachine(name: DatabaseServer): void {
    const patroni = this.#processes.get(`patroni-${name}`);
    const file = join(this.#folder, `postgres-${name}`, 'data', 'postmaster.pid');
    const postmaster = Number(readFileSync(file, 'utf8').split('\n')[0]);
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
    const all = [postmaster, ...children.split(' ').filter(Boolean).map(Number)];
    patroni?.kill('SIGKILL');
    this.#processes.get(`etcd-${name}`)?.kill('SIGKILL');
    for (const pid of all) kill(pid);
  }

  /** Starts the machine again: Patroni makes a standby of it. */
  startMachine(name: DatabaseServer): void {
    this.#startEtcd(name);
    this.startPatroni(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of DATABASE_SERVERS) {
      try {
        this.killMachine(name);
      } catch {
        // It is not running.
      }
    }
    for (const child of this.#processes.values()) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // A child of PostgreSQL ends with it.
  }
}

/** A file of the guide's section. */
function block(file: string): string {
  const found = blocksOf(GUIDE, 'High availability').find(({ name }) => name === file);
  if (!found) throw new Error(`${GUIDE} has no ${file}`);
  return found.code;
}

/** Splits a text before a mark, and behind the first characters of it that are dropped. */
function splitAfter(text: string, mark: string, dropped = 0): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`${mark} is not in ${text}`);
  return [text.slice(0, at), text.slice(at + dropped)];
}
