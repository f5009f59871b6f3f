import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
/** The files that `npm pack` needs. It changes some of them for a while, so a copy is packed. */
const SOURCES = [
  'bin',
  'src',
  'scripts',
  'docs',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'biome.json',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
];

/** Packs the checkout as a release, and unpacks it in this folder. @returns its program */
export function packTieline(folder: string): string {
  const copy = join(folder, 'checkout');
  for (const name of SOURCES) {
    cpSync(join(CHECKOUT, name), join(copy, name), { recursive: true });
  }
  const libraries = join(CHECKOUT, 'node_modules');
  symlinkSync(libraries, join(copy, 'node_modules'));
  const env = { ...process.env, PATH: `${join(libraries, '.bin')}:${process.env['PATH']}` };
  const packing = ['pack', '--pack-destination', folder];
  execFileSync('npm', packing, { cwd: copy, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [file = ''] = globSync('*.tgz', { cwd: folder });
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('tar', ['-xzf', join(folder, file), '-C', unpacked]);
  symlinkSync(libraries, join(unpacked, 'package', 'node_modules'));
  return join(unpacked, 'package', 'bin', 'tieline.js');
}
