import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

/** The folders in which Debian and most others keep PostgreSQL's programs, newest version first. */
export function findBinaries(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root)
    ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a))
    : [];
  const candidates = [
    ...versions.map((version) => join(root, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return candidates.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/** Nothing survives a crash, and nothing runs in the background while tests do. */
const NOT_DURABLE =
  '-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal ' +
  '-c max_wal_senders=0 -c max_wal_size=512MB -c checkpoint_timeout=1h -c autovacuum=off -c jit=off';

/** A PostgreSQL server that ends with the tests. */
export interface Cluster {
  readonly url: string;
  stop(): void;
}

/**
 * Makes a cluster in a new folder of `place` and starts it on a free port of the loopback address.
 * Unless it is `durable`, it gives up durability for speed, because PostgreSQL itself is not under
 * test. Null when PostgreSQL is not installed.
 */
export async function startCluster({
  place = tmpdir(),
  durable = false,
} = {}): Promise<Cluster | null> {
  const binaries = findBinaries();
  if (!binaries) return null;
  const folder = mkdtempSync(join(place, 'tieline-postgres-'));
  const data = join(folder, 'data');
  const run = asServerUser(folder);
  const port = await freePort();
  run(join(binaries, 'initdb'), ['-D', data, '-U', 'tieline', '-A', 'trust', '-E', 'UTF8', '-N']);
  const options =
    `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' ` +
    `-c max_connections=200 ${durable ? '' : NOT_DURABLE}`;
  const log = join(folder, 'log');
  run(join(binaries, 'pg_ctl'), ['-D', data, '-o', options, '-l', log, '-w', 'start']);
  return {
    url: `postgres://tieline@127.0.0.1:${port}/postgres`,
    stop() {
      run(join(binaries, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL's own user when the tests run as root, which PostgreSQL and PgBouncer refuse. */
export function serverUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}

/** Runs programs as that user, who then owns the folder. */
export function asServerUser(folder: string): (program: string, parameters: string[]) => void {
  const user = serverUser();
  if (!user) {
    return (program, parameters) => void execFileSync(program, parameters, { stdio: 'ignore' });
  }
  chownSync(folder, user.uid, user.gid);
  const options = { ...user, stdio: 'ignore', cwd: folder } as const;
  return (program, parameters) => void execFileSync(program, parameters, options);
}
