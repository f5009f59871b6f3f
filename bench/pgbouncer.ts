import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import { type Child, startChild } from './child.ts';

/** Debian keeps it outside of the path of ordinary users. */
const FOLDERS = ['/usr/sbin', ...(process.env['PATH'] ?? '').split(delimiter)];

export function findPgBouncer(): string | null {
  return FOLDERS.map((folder) => join(folder, 'pgbouncer')).find(existsSync) ?? null;
}

const SERVER_CONNECTIONS = 20;
const CLIENT_CONNECTIONS = 200;

/**
 * Starts PgBouncer in transaction mode in front of a PostgreSQL server that trusts its clients.
 * @param folder a folder of its own
 * @returns the process, and the address of the database through it
 */
export async function startPgBouncer(
  program: string,
  url: string,
  folder: string,
): Promise<Child & { readonly url: string }> {
  const { hostname, port: serverPort, username } = new URL(url);
  const port = await freePort();
  const users = join(folder, 'pgbouncer-users.txt');
  const settings = join(folder, 'pgbouncer.ini');
  // It runs as another user, who must be able to read its settings.
  chmodSync(folder, 0o755);
  writeFileSync(users, `"${username}" ""\n`);
  writeFileSync(
    settings,
    `[databases]
* = host=${hostname} port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
max_client_conn = ${CLIENT_CONNECTIONS}
log_connections = 0
log_disconnections = 0
log_stats = 0
`,
  );
  // It refuses to run as root.
  const asUser = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const child = startChild(program, ['-q', ...asUser, settings], {}, { pin: false });
  await untilOpen(port);
  const pooled = new URL(url);
  pooled.port = String(port);
  return { ...child, url: pooled.href };
}

const PATIENCE_MS = 10_000;
const PAUSE_MS = 50;

/** Waits until a server takes connections. */
async function untilOpen(port: number): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += PAUSE_MS) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(PAUSE_MS);
  }
  throw new Error(`PgBouncer took no connection within ${PATIENCE_MS} ms`);
}
