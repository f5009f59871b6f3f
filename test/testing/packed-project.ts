import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { oldestNode } from '../support/oldest-node.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const CHECKOUT = join(import.meta.dirname, '..', '..');
const SOURCES = [
  'bin',
  'src',
  'scripts',
  'docs',
  'biome.json',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
];
const INSTALL_MS = 180_000;
const COMMAND_MS = 60_000;

const RUNNERS = ['jest@30.5.2', 'vitest@5.1.1'];
const SDK = 'twilio@6.3.1';
/** A Node.js that is too old for Tieline, and the oldest one that the official SDK accepts. */
const OLD_NODE = `${oldestNode().name}@20.20.2`;

/** A project of a user, whose only Tieline is the packed one. */
export interface PackedProject {
  readonly path: string;
  readonly binaries: string;
  /** Values of `PATH`: this Node.js first, or the project's older one. */
  readonly newer: string;
  readonly older: string;
  at(name: string): string;
  /** Runs a program of the project with nothing else in its environment. */
  run(
    PATH: string,
    program: string,
    ...parameters: string[]
  ): Promise<{ readonly stdout: string; readonly stderr: string }>;
}

let project: Promise<PackedProject> | undefined;

/** The project of this process. It ends with the process. */
export function packedProject(): Promise<PackedProject> {
  project ??= makeProject();
  return project;
}

/** Packs the checkout, unless `TEST_TARBALL` names a package, and installs it with test runners. */
async function makeProject(): Promise<PackedProject> {
  const folder = temporaryFolder();
  process.once('exit', () => folder[Symbol.dispose]());
  const path = folder.at('project');
  const binaries = join(path, 'node_modules', '.bin');
  const here = dirname(process.execPath);
  const PATH = [here, process.env['PATH']].join(delimiter);
  const options = { timeout: INSTALL_MS, env: { ...process.env, PATH } };
  const packed = process.env['TEST_TARBALL'] ?? (await pack(folder.at('checkout'), options));
  mkdirSync(path);
  writeFileSync(join(path, 'package.json'), '{ "private": true }\n');
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--save-dev'];
  await run('npm', [...install, packed, SDK, ...RUNNERS, OLD_NODE], { ...options, cwd: path });
  return {
    path,
    binaries,
    newer: [here, binaries, '/usr/bin', '/bin'].join(delimiter),
    older: [binaries, here, '/usr/bin', '/bin'].join(delimiter),
    at: (name) => join(path, name),
    run: (PATH, program, ...parameters) =>
      run(program, parameters, {
        cwd: path,
        timeout: COMMAND_MS,
        env: { PATH, HOME: folder.path, CI: 'true' },
      }),
  };
}

/** @returns the path of the package */
async function pack(copy: string, options: { readonly env: NodeJS.ProcessEnv }): Promise<string> {
  for (const name of SOURCES) cpSync(join(CHECKOUT, name), join(copy, name), { recursive: true });
  symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
  await run('npm', ['pack', '--pack-destination', copy], { ...options, cwd: copy });
  const [file = ''] = globSync('*.tgz', { cwd: copy });
  return join(copy, file);
}
