// The program and the test kit share this search for a Node.js that can run Tieline.
// This file must parse on any Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** The oldest Node.js that can run Tieline, as `engines` in package.json. Argon2 came with it. */
const OLDEST = { major: 24, minor: 7 };

export const OLDEST_NODE = `${OLDEST.major}.${OLDEST.minor}`;

/** The time limit for a program that prints its Node.js version. */
const VERSION_MS = 10_000;

/** @param {string} version it may have a leading `v` */
export function isNewEnough(version) {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)\./.exec(version.trim()) ?? [];
  return Number(major) > OLDEST.major || (Number(major) === OLDEST.major && +minor >= OLDEST.minor);
}

/** The version that a program prints for `--version`; null when it prints none. */
export function versionOf(program) {
  const { status, stdout } = spawnSync(program, ['--version'], {
    timeout: VERSION_MS,
    encoding: 'utf8',
    windowsHide: true,
  });
  return status === 0 ? stdout.trim() : null;
}

/**
 * Searches the `PATH`, the npm packages beside this folder or Tieline, and the versions that a
 * version manager or an installer has put on this machine. null when none is new enough.
 */
export function findNewerNode(env) {
  for (const candidate of new Set(candidates(env))) {
    const version = existsSync(candidate) ? versionOf(candidate) : null;
    if (version !== null && isNewEnough(version)) return candidate;
  }
  return null;
}

/** The sentence for a person whose Node.js is too old, with the command that mends it. */
export function tooOldSentence() {
  return (
    `Tieline needs Node.js ${OLDEST_NODE} or newer, and this is ${process.versions.node}: ` +
    `install a newer one for this folder with "npm install --save-dev ${packageNames()[0]}@26", ` +
    'and then do the same as now again.'
  );
}

function* candidates(env) {
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    if (folder !== '') yield join(folder, file);
  }
  yield* fromPackages(file);
  yield* fromManagers(env, file);
}

/** The npm packages that contain a Node.js for this machine. */
function packageNames() {
  const { platform, arch } = process;
  if (platform === 'win32') return [`node-win-${arch}`, `node-bin-win32-${arch}`];
  const plain = `node-${platform}-${arch}`;
  const signed = `node-bin-${platform}-${arch}`;
  return platform === 'darwin' ? [signed, plain] : [plain, signed];
}

/** The package `node` holds the others in a folder of its own. */
function* fromPackages(file) {
  const here = createRequire(import.meta.url);
  for (const require of [createRequire(join(process.cwd(), 'x.js')), here]) {
    const node = folderOf(require, 'node');
    if (node !== null) yield join(node, 'bin', file);
    for (const name of packageNames()) {
      const places = [folderOf(require, name), node && join(node, 'node_modules', name)];
      for (const place of places) if (place) yield join(place, 'bin', file);
    }
  }
}

function folderOf(require, name) {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

/** The folders of version managers with one folder a version, and the place of Node.js in it. */
function managers(env) {
  const home = homedir();
  const data = env['XDG_DATA_HOME'] || join(home, '.local', 'share');
  return [
    [join(env['NVM_DIR'] || join(home, '.nvm'), 'versions', 'node'), 'bin'],
    ...[env['FNM_DIR'], join(data, 'fnm'), join(home, '.fnm')]
      .filter(Boolean)
      .map((folder) => [join(folder, 'node-versions'), join('installation', 'bin')]),
    [join(home, 'Library', 'Application Support', 'fnm', 'node-versions'), 'installation/bin'],
    [join(env['VOLTA_HOME'] || join(home, '.volta'), 'tools', 'image', 'node'), 'bin'],
    [join(env['ASDF_DATA_DIR'] || join(home, '.asdf'), 'installs', 'nodejs'), 'bin'],
    [join(env['MISE_DATA_DIR'] || join(data, 'mise'), 'installs', 'node'), 'bin'],
    [join(env['N_PREFIX'] || '/usr/local', 'n', 'versions', 'node'), 'bin'],
    ['/opt', 'bin'],
    ...(env['NVM_HOME'] ? [[env['NVM_HOME'], '']] : []),
    ...(env['APPDATA'] ? [[join(env['APPDATA'], 'fnm', 'node-versions'), 'installation']] : []),
  ];
}

function* fromManagers(env, file) {
  for (const [folder, inside] of managers(env)) {
    for (const version of newestFirst(folder)) yield join(folder, version, inside, file);
  }
  for (const folder of ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin']) {
    yield join(folder, file);
  }
  if (env['ProgramFiles']) yield join(env['ProgramFiles'], 'nodejs', file);
}

/** The names in a folder; none where it cannot be read. */
function newestFirst(folder) {
  try {
    return readdirSync(folder).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  } catch {
    return [];
  }
}
