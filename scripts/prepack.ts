import { buildPackage } from './build-package.ts';
import { publishManifest, restoreManifest } from './published-manifest.ts';

/**
 * Makes the files that `npm pack` packs: those of dist/, and the published package.json.
 * `postpack.ts` undoes the latter.
 */

// npm publishes a folder with the package.json after postpack, which is the checkout's. Everybody
// would install its pinned runtime. A packed file holds the published package.json.
if (process.env['npm_command'] === 'publish') {
  console.error('Publish the packed file: npm pack, then npm publish with the file it made.');
  process.exit(1);
}

restoreManifest();
await buildPackage();
publishManifest();
