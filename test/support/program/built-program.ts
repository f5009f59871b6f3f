import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bundleProgram } from '../../../scripts/bundle-program.ts';

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
 * Starts the program once and ends it in order, so that its compiled code is in the cache before the
 * first test.
 */
export async function fillCompileCache(program: string, cache: string): Promise<void> {
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--data', ':memory:'], {
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), ended]);
  child.kill('SIGTERM');
  await ended;
}
