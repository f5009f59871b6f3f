import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Where the CA of a user is kept: among the data of programs, as each system has it. */
export function authorityFolder(env: Env, home: string, platform: NodeJS.Platform): string {
  const data = env['XDG_DATA_HOME'] ?? '';
  // A relative path is to be ignored (XDG Base Directory Specification).
  if (data.startsWith('/')) return join(data, 'tieline', 'ca');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'tieline', 'ca');
  return join(home, '.local', 'share', 'tieline', 'ca');
}
