import { isAbsolute, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Where the CA of a user is kept: among the data of programs, as each system has it.
 * @param home null or no whole path: the user has none
 * @returns null where there is no such place
 */
export function authorityFolder(
  env: Env,
  home: string | null,
  platform: NodeJS.Platform,
): string | null {
  const data = env['XDG_DATA_HOME'] ?? '';
  // A relative path is to be ignored (XDG Base Directory Specification).
  if (data.startsWith('/')) return join(data, 'tieline', 'ca');
  // A key of a CA does not belong into whatever folder the program was started in.
  if (home === null || !isAbsolute(home)) return null;
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'tieline', 'ca');
  return join(home, '.local', 'share', 'tieline', 'ca');
}
