import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { nodePlaces } from './environment.ts';
import { isNewEnough, OLDEST_NODE } from './node-version.ts';
import { TielineError } from './tieline-error.ts';

/** How long a program may take to say which Node.js it is. */
const VERSION_MS = 10_000;

/**
 * Finds a Node.js that Tieline runs on: what is named, this process's own, one on the `PATH`, or
 * the one that an npm package has brought.
 * @param named the path of one that must be taken; without it `TIELINE_NODE` names one
 * @throws TielineError when what is named does not fit, or when nothing does.
 */
export async function findNode(named: string | undefined): Promise<string> {
  const places = nodePlaces();
  const wanted = named ?? places.named;
  if (wanted !== undefined) {
    const version = await versionOf(wanted);
    if (version !== null && isNewEnough(version)) return wanted;
    const name = named === undefined ? 'TIELINE_NODE' : 'The option node';
    const what = version === null ? 'which is no Node.js that runs' : `which is ${version}`;
    throw new TielineError(
      `${name} names ${wanted}, ${what}: give the path of a Node.js ${OLDEST_NODE} or newer.`,
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
    `Tieline needs Node.js ${OLDEST_NODE} or newer and this is ${process.version}: ` +
      `install one beside it with "npm install --save-dev ${packageNames()[0]}@26", ` +
      'or set TIELINE_NODE to the path of one.',
  );
}

/** The npm packages that bring a Node.js for this machine. */
function packageNames(): string[] {
  const { platform, arch } = process;
  const plain = `node-${platform}-${arch}`;
  const signed = `node-bin-${platform}-${arch}`;
  return platform === 'darwin' ? [signed, plain] : [plain, signed];
}

/** Looked for from the test's folder, and from where the kit itself is installed. */
function fromPackages(file: string): string[] {
  const places = [createRequire(join(process.cwd(), 'test.js')), createRequire(import.meta.url)];
  const found: string[] = [];
  for (const require of places) {
    for (const name of packageNames()) {
      try {
        found.push(join(dirname(require.resolve(`${name}/package.json`)), 'bin', file));
      } catch {
        // It is not installed here.
      }
    }
  }
  return found;
}

/** What a program answers to `--version`; null when it is no program that answers. */
function versionOf(program: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], { timeout: VERSION_MS }, (error, stdout) =>
      resolve(error ? null : stdout.trim()),
    );
  });
}
