import { execFileSync, type StdioOptions } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkVersion, notesOf, releaseChangelog, setVersion } from './release-texts.ts';

/**
 * Makes a release: the version and the changelog in the checkout, and in a folder the package, its
 * list of components, their digests and the notes. It tries the package out, commits nothing and publishes
 * nothing: it says the commands for that. With --dry-run it works on a copy of the last commit.
 *
 *   npm run release -- 1.2.3 [--dry-run] [--to FOLDER]
 */

const ROOT = resolve(import.meta.dirname, '..');
/** The files with the version beside those of npm, and the words before it. */
const VERSIONED = {
  'pytest-tieline/pyproject.toml': 'version = ',
  'deploy/kubernetes/kustomization.yaml': '    newTag: ',
} as const;

interface Release {
  readonly root: string;
  readonly version: string;
  readonly to: string;
}

/** The silence of `npm run --silent` would reach the npm below it, and hide why a step failed. */
const ENV = { ...process.env, npm_config_loglevel: 'warn' };

function run(cwd: string, program: string, ...parameters: string[]): string {
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit'];
  return execFileSync(program, parameters, { cwd, env: ENV, encoding: 'utf8', stdio });
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

/** A copy of the last commit, with the installed packages of the checkout. */
function copyOfCheckout(): string {
  const copy = join(mkdtempSync(join(tmpdir(), 'tieline-release-')), 'tieline');
  run(ROOT, 'git', 'clone', '--quiet', ROOT, copy);
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** @throws Error when the checkout has changes, the version is wrong, or it has a tag */
function check({ root, version }: Release): void {
  const changed = run(root, 'git', 'status', '--porcelain', '--untracked-files=no').trim();
  if (changed !== '') throw new Error(`The checkout has changes that no commit holds:\n${changed}`);
  checkVersion(version, manifest(root).version);
  const tags = run(root, 'git', 'tag', '--list', `v${version}`).trim();
  if (tags !== '') throw new Error(`The tag v${version} exists.`);
}

function manifest(root: string): { version: string; repository?: unknown } {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
    repository?: unknown;
  };
}

function setVersions({ root, version }: Release): void {
  const date = new Date().toISOString().slice(0, 10);
  edit(join(root, 'CHANGELOG.md'), (text) => releaseChangelog(text, version, date));
  const how = ['--no-git-tag-version', '--allow-same-version', '--ignore-scripts'];
  run(root, 'npm', 'version', version, ...how);
  for (const [file, words] of Object.entries(VERSIONED)) {
    edit(join(root, file), (text) => setVersion(text, words, version));
  }
}

/** Makes the files of the release. @returns the path of the package */
function makeFiles({ root, version, to }: Release): string {
  // Packing makes dist/ anew, so the package lies elsewhere until then.
  const packed = mkdtempSync(join(tmpdir(), 'tieline-packed-'));
  run(root, 'npm', 'pack', '--pack-destination', packed);
  const tarball = join(to, `tieline-${version}.tgz`);
  mkdirSync(to, { recursive: true });
  copyFileSync(join(packed, basename(tarball)), tarball);
  rmSync(packed, { recursive: true });
  const bom = join(to, `tieline-${version}.cdx.json`);
  run(root, process.execPath, 'scripts/sbom.ts', bom);
  const lines = [tarball, bom].map((file) => {
    return `${hash('sha256', readFileSync(file))}  ${basename(file)}\n`;
  });
  writeFileSync(join(to, 'SHA256SUMS'), lines.join(''));
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  writeFileSync(join(to, 'NOTES.md'), `${notesOf(changelog, version)}\n`);
  return tarball;
}

/** npm reads the package and says what it would publish. Without a registry it warns only. */
function rehearse(tarball: string): void {
  run(ROOT, 'npm', 'publish', '--dry-run', '--fetch-retries', '0', tarball);
}

/** A fresh folder with nothing but the package. Without a registry nothing is installed, and so nothing tried. */
function tryOut(root: string, tarball: string): void {
  const env = { ...ENV, TEST_TARBALL: tarball };
  execFileSync('npm', ['run', '--silent', 'check:package'], { cwd: root, env, stdio: 'inherit' });
}

function nextCommands({ root, version }: Release, tarball: string): string {
  const provenance = manifest(root).repository === undefined ? '' : ' --provenance';
  const lines = [
    `git commit --all --message "Release ${version}" && git tag v${version}`,
    `npm publish${provenance} --access public ${tarball}`,
  ];
  if (provenance === '') {
    lines.push('(package.json names no repository, so npm can show no provenance.)');
  }
  return lines.join('\n');
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'dry-run': { type: 'boolean', default: false }, to: { type: 'string' } },
});
const [version] = positionals;
if (version === undefined || positionals.length > 1) {
  console.error('npm run release -- VERSION [--dry-run] [--to FOLDER]');
  process.exit(2);
}
try {
  const root = values['dry-run'] ? copyOfCheckout() : ROOT;
  const to = resolve(values.to ?? join(root, 'dist', 'release'));
  const release = { root, version, to };
  check(release);
  setVersions(release);
  const tarball = makeFiles(release);
  rehearse(tarball);
  tryOut(root, tarball);
  console.log(`${to} holds the release.\n${nextCommands(release, tarball)}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
