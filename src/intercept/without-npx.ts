import { delimiter, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

const BIN_FOLDER = join('node_modules', '.bin');
const NODE_GYP_FOLDER = 'node-gyp-bin';
/** Variables that npm sets for a command, besides those that begin with `npm_`. */
const SET_BY_NPM = new Set(['INIT_CWD', 'COLOR']);

/**
 * The environment as it was before `npx tieline`: npx puts its own `node_modules/.bin` folders, in
 * which there may be another `node`, before the `PATH`, and sets variables. Inside a script of
 * npm's the environment is the script's, and stays as it is.
 */
export function withoutNpx(env: Env): Record<string, string> {
  const kept = Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined);
  if (env['npm_lifecycle_event'] !== 'npx') return Object.fromEntries(kept);
  const before = kept.filter(([name]) => !name.startsWith('npm_') && !isNpms(name, env));
  return Object.fromEntries(
    before.map(([name, value]) => [name, name === 'PATH' ? withoutBins(value) : value]),
  );
}

function isNpms(name: string, env: Env): boolean {
  if (name === 'NODE') return env['NODE'] === env['npm_node_execpath'];
  return SET_BY_NPM.has(name);
}

/** npx puts folders of programs first, and last of them the one that helps to compile addons. */
function withoutBins(path: string): string {
  const entries = path.split(delimiter);
  const last = entries.findIndex((entry) => entry.endsWith(NODE_GYP_FOLDER));
  const isOurs = entries.slice(0, Math.max(last, 0)).every((entry) => entry.endsWith(BIN_FOLDER));
  return last !== -1 && isOurs ? entries.slice(last + 1).join(delimiter) : path;
}
