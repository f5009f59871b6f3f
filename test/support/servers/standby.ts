import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { asServerUser, findBinaries, startCluster } from '../postgres-cluster.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** A server and a standby that follows it. */
export interface Pair extends Disposable {
  readonly primary: string;
  readonly standby: string;
}

/** Starts a server of its own, fills it, and starts a hot standby that streams from it. */
export async function startPair(fill: (primary: string) => Promise<void>): Promise<Pair> {
  const primary = await startCluster({ durable: true });
  const binaries = findBinaries();
  if (!primary || !binaries) throw new Error('PostgreSQL is not installed');
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const run = asServerUser(folder.path);
  const control = join(binaries, 'pg_ctl');
  const port = await freePort();
  const stop = () => {
    run(control, ['-D', data, '-m', 'immediate', '-w', 'stop']);
    rmSync(folder.path, { recursive: true, force: true });
    primary.stop();
  };
  try {
    await fill(primary.url);
    run(join(binaries, 'pg_basebackup'), ['-D', data, '-R', '-N', '-c', 'fast', '-d', primary.url]);
    const options =
      `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' ` +
      '-c max_connections=200';
    run(control, ['-D', data, '-o', options, '-l', join(folder.path, 'log'), '-w', 'start']);
  } catch (error) {
    primary.stop();
    throw error;
  }
  const standby = new URL(primary.url);
  standby.port = String(port);
  return { primary: primary.url, standby: standby.href, [Symbol.dispose]: stop };
}
