import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { blocksOf } from '../guide-blocks.ts';
import { serverUser } from '../postgres-cluster.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const GUIDE = 'docs/guides/postgresql.md';
/** The password of the tests' user at the pooler. */
const PASSWORD = 'a password';
const PATIENCE_MS = 10_000;

/** The program; undefined when the machine has none, and `npm test` says so. */
export const PGBOUNCER = process.env['TEST_PGBOUNCER'];

/** Whether this PgBouncer can keep prepared statements, as 1.21 and newer do. */
export function keepsPreparedStatements(): boolean {
  const text = execFileSync(PGBOUNCER ?? '', ['--version'], { encoding: 'utf8' });
  const [, major = '', minor = ''] = /PgBouncer (\d+)\.(\d+)/.exec(text) ?? [];
  return Number(major) > 1 || Number(minor) >= 21;
}

export interface Pooler extends AsyncDisposable {
  readonly listenPort: number;
  /** The URL of a database, through the pooler. */
  readonly through: (url: string) => string;
}

export interface PoolerSettings {
  readonly mode?: 'transaction' | 'session' | 'statement';
  /** The connections to the server that the clients share. */
  readonly poolSize?: number;
  /** The port of an earlier pooler, which this one replaces. */
  readonly listenPort?: number;
}

/** Starts PgBouncer with the configuration of the guide, in front of a server without passwords. */
export async function startPooler(
  server: string,
  { mode = 'transaction', poolSize = 4, listenPort: wanted }: PoolerSettings = {},
): Promise<Pooler> {
  const { hostname, port, username } = new URL(server);
  const listenPort = wanted ?? (await freePort());
  const folder = temporaryFolder();
  const file = folder.at('pgbouncer.ini');
  const users = folder.at('userlist.txt');
  const guide = blocksOf(GUIDE, 'PgBouncer').find(({ name }) => name === 'pgbouncer.ini');
  const settings = changed(guide?.code ?? '', {
    tieline: null,
    '[databases]': `[databases]\n* = host=${hostname} port=${port}`,
    listen_port: String(listenPort),
    auth_file: users,
    pool_mode: mode,
    default_pool_size: String(poolSize),
  });
  writeFileSync(file, settings);
  writeFileSync(users, `"${username}" "${PASSWORD}"\n`);
  const user = serverUser();
  if (user) for (const path of [folder.path, file, users]) chownSync(path, user.uid, user.gid);
  const child = spawn(PGBOUNCER ?? '', ['-q', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...user,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await untilItListens(child, listenPort, () => said);
  return {
    listenPort,
    through(url) {
      const pooled = new URL(url);
      pooled.port = String(listenPort);
      pooled.password = PASSWORD;
      return pooled.href;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      folder[Symbol.dispose]();
    },
  };
}

/** Changes lines of an ini file by their keys; null leaves the line out. */
function changed(text: string, values: Readonly<Record<string, string | null>>): string {
  const found = new Set<string>();
  const lines = text.split('\n').flatMap((line) => {
    const key = line.split('=')[0]?.trim() ?? '';
    if (!(key in values)) return [line];
    found.add(key);
    const value = values[key] ?? null;
    if (value === null) return [];
    return [key.startsWith('[') ? value : `${key} = ${value}`];
  });
  assert.deepEqual([...found].toSorted(), Object.keys(values).toSorted());
  return lines.join('\n');
}

async function untilItListens(
  child: ChildProcess,
  port: number,
  said: () => string,
): Promise<void> {
  const latest = performance.now() + PATIENCE_MS;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    if (child.exitCode !== null || performance.now() > latest) {
      throw new Error(`PgBouncer does not listen: ${said()}`);
    }
    await sleep(50);
  }
}
