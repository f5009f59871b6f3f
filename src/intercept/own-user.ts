import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { platform } from 'node:os';

const TABLE = '/proc/net/tcp';
/** Columns of the table (proc(5), `/proc/net/tcp`). */
const LOCAL = 1;
const REMOTE = 2;
const UID = 7;

/**
 * Whether the program at the other end of a connection over 127.0.0.1 runs as this process's user.
 * Only Linux can tell; on other systems the answer is always no.
 */
export async function isOwnUser({ remotePort, localPort }: Socket): Promise<boolean> {
  const own = process.getuid?.();
  if (platform() !== 'linux' || own === undefined) return false;
  const [theirs, ours] = [`:${hex(remotePort)}`, `:${hex(localPort)}`];
  const table = await readFile(TABLE, 'utf8').catch(() => '');
  return table.split('\n').some((line) => {
    const columns = line.trim().split(/\s+/);
    const isIt = columns[LOCAL]?.endsWith(theirs) && columns[REMOTE]?.endsWith(ours);
    return isIt === true && Number(columns[UID]) === own;
  });
}

function hex(port = 0): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
