import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Debian's place of HAProxy, which is not on every user's path. */
export const HAPROXY = '/usr/sbin/haproxy';

/** Whether the machine has the parts of an installation with a standby. */
export function hasStandbyParts(): boolean {
  const isThere = (program: string) =>
    spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
  return existsSync(HAPROXY) && isThere('patroni') && isThere('etcd');
}
