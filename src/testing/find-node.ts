import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { nodePlaces } from './environment.ts';
import { isNewEnough, OLDEST_NODE } from './node-version.ts';
import { TielineError } from './tieline-error.ts';

/** The time limit for a program that prints its Node.js version. */
const VERSION_MS = 10_000;

/**
 * Finds a Node.js that can run Tieline: the named one, this process's own, one on the `PATH`, or
 * one from an npm package.
 * @param named the path of the Node.js to use; without it `TIELINE_NODE` may name one
 * @throws TielineError when the named Node.js does not fit, or when none is found.
 */
export async function findNode(named: string | undefined): Promise<string> {
  const places = nodePlaces();
  const wanted = named ?? places.named;
  if (wanted !== undefined) {
    const version = await versionOf(wanted);
    if (version !== null && isNewEnough(version)) return wanted;
    const name = named === undefined ? 'TIELINE_NODE' : 'The option node';
    const what = version === null ? 'which is not a working Node.js' : `which is ${version}`;
    throw new TielineError(
      `${name} names ${wanted}, ${what}. Give the path of a Node.js ${OLDEST_NODE} or newer.`,
    );
  }
  if (isNewEnough(process.version)) return process.execPath;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const onPath = places.path.split(delimiter).filter(Boolean);
  const candidates = [...onPath.map((folder) => join(folder, file)), ...fromPackages(file)];
  for (const candidate of new Set(candidates)) {
    const version = existsSync(candidate) ? await versionOf(candidate) : null;
    if (version !== null && isNewEnough(version)) return candidate;
  }
  throw new TielineError(
    `Tieline needs Node.js ${OLDEST_NODE} or newer, and this is ${process.version}. ` +
      `Install a newer one with "npm install --save-dev ${packageNames()[0]}@26", ` +
      'or set TIELINE_NODE to its path.',
  );
}

/** The npm packages that contain a Node.js for this machine. */
function packageNames(): string[] {
  const { platform, arch } = process;
  const plain = `node-${platform}-${arch}`;
  const signed = `node-bin-${platform}-${arch}`;
  return platform === 'darwin' ? [signed, plain] : [plain, signed];
}

/** Searches the packages of the test's folder and the packages beside the kit itself. */
function fromPackages(file: string): string[] {
  const places = [createRequire(join(process.cwd(), 'test.js')), createRequire(import.meta.url)];
  const found: string[] = [];
  for (const require of places) {
    for (const name of packageNames()) {
      try {
        found.push(join(dirname(require.resolve(`${name}/package.json`)), 'bin', file));
      } catch {
        // The package is not installed here.
      }
    }
  }
  return found;
}

/** The version that a program prints for `--version`; null when it prints none. */
function versionOf(program: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], { timeout: VERSION_MS }, (error, stdout) =>
      resolve(error ? null : stdout.trim()),
    );
  });
}
