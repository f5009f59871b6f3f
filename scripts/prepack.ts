import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { publishManifest, restoreManifest } from './published-manifest.ts';

/**
 * Makes what `npm pack` packs: JavaScript and types in dist/, and the published package.json.
 * `postpack.ts` takes the latter back.
 */

// npm publishes a folder with the package.json that it finds after postpack: the checkout's,
// whose runtime pin everybody would install. From a packed file it takes the published one.
if (process.env['npm_command'] === 'publish') {
  console.error('Publish the packed file: npm pack, then npm publish with the file it made.');
  process.exit(1);
}

restoreManifest();
rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync('src', 'dist', {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || extname(path) !== '.ts',
});
publishManifest();
