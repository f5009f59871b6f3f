import { isAbsolute, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The folder that keeps a user's CA, beside the data of other programs. Each system has its own
 * place.
 * @param home null, or a path that is not absolute: the user has no home folder
 * @returns null when the system has no such place
 */
export function authorityFolder(
  env: Env,
  home: string | null,
  platform: NodeJS.Platform,
): string | null {
  const data = env['XDG_DATA_HOME'] ?? '';
  // A relative path is to be ignored (XDG Base Directory Specification).
  if (data.startsWith('/')) return join(data, 'tieline', 'ca');
  // The key of a CA must not land in the folder that the program happened to start in.
  if (home === null || !isAbsolute(home)) return null;
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'tieline', 'ca');
  return join(home, '.local', 'share', 'tieline', 'ca');
}
