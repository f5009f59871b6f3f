import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The program of a run. */
export const CHAOS = join(import.meta.dirname, 'chaos.ts');

/** The public address at which receivers listen. In production no other kind is called. */
export const PUBLIC_ADDRESS = '1.1.1.1';

const SETUP = `ip link set lo up; ip address add ${PUBLIC_ADDRESS}/32 dev lo; "$@"; exit $?`;

/**
 * A network, a process tree and mounts of their own. When the first process in them ends, the system
 * ends all others, so a run leaves nothing behind.
 */
function wayIn(): string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user', '--keep-caps'];
  return [...user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
}

/** Whether this system lets this user make namespaces. */
export function hasNamespaces(): boolean {
  const inside = [...wayIn(), 'sh', '-euc', SETUP, 'sh', 'true'];
  return spawnSync('unshare', inside, { stdio: 'ignore' }).status === 0;
}

/**
 * Runs a program of Node.js in namespaces of its own.
 * @returns its exit status
 * @throws when this system does not let this user make namespaces
 */
export async function runInNamespaces(
  program: string,
  parameters: readonly string[],
): Promise<number> {
  if (!hasNamespaces()) {
    throw new Error(
      'this run needs namespaces of its own: Linux as root or with user namespaces, and unshare, ' +
        'mount and ip (apt-get install util-linux iproute2)',
    );
  }
  const command = [process.execPath, program, ...parameters];
  const child = spawn('unshare', [...wayIn(), 'sh', '-euc', SETUP, 'sh', ...command], {
    stdio: 'inherit',
  });
  const end = () => void child.kill('SIGKILL');
  process.on('exit', end);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (status) => resolve(status ?? 1));
  });
}
