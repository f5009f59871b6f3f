import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bundleProgram } from '../../../scripts/bundle-program.ts';

/** The module by which tests load the sources. */
const SOURCES = join(import.meta.dirname, '..', 'test-app.ts');

/**
 * Makes the program as the published package has it: a few files, which a process loads faster than
 * the sources. It reads the other files of the product beside the sources.
 *
 * @returns the path of the program
 */
export async function buildProgram(folder: string): Promise<string> {
  const [bin, bundle] = [join(folder, 'bin'), join(folder, 'dist', 'bundle')];
  mkdirSync(bin, { recursive: true });
  copyFileSync('package.json', join(folder, 'package.json'));
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  const program = join(bin, 'tieline.js');
  cpSync('bin', bin, { recursive: true });
  await bundleProgram(bundle, join(process.cwd(), 'src'));
  return program;
}

/**
 * Puts compiled code into the cache before the first test: the program's, by a server that starts and
 * ends in order, and that of the sources. Otherwise each of the first parts would compile the sources.
 */
export async function fillCompileCache(program: string, cache: string): Promise<void> {
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  const load = spawn(process.execPath, [SOURCES], { env, stdio: 'ignore' });
  const loaded = once(load, 'close');
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--data', ':memory:'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), ended]);
  child.kill('SIGTERM');
  await Promise.all([ended, loaded]);
}
