// npm runs this after `npm ci`, and before it installs Tieline from the address of a repository.
// A checkout gets the pages of the documentation for /docs. Its installation never fails because of
// them: without them, /docs says how to build them. A package from a repository gets all files of a
// published one, because it is packed without its sources.
// This file must parse on any Node, because npm runs it with the one that it finds.
import { existsSync } from 'node:fs';
import { relative } from 'node:path';

const root = new URL('..', import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const readsTypeScript = major > 23 || (major === 22 && minor >= 18);
const hasTools = existsSync(new URL('node_modules/@11ty/eleventy', root));
// npm starts in the folder of the person. A checkout is that folder, or one above it.
const fromRoot = relative(process.cwd(), process.env['INIT_CWD'] ?? process.cwd());
const isDependency = fromRoot.startsWith('..');
if (isDependency && !(readsTypeScript && hasTools)) {
  console.error(
    `Tieline is built from its repository on Node.js 22.18 or newer, and this is ${process.versions.node}: ` +
      'install a newer one, or install the package of a release.',
  );
  process.exitCode = 1;
} else if (isDependency) {
  const { buildPackage } = await import('./build-package.ts');
  await buildPackage();
} else if (readsTypeScript && hasTools) {
  await import('./docs/build.ts');
  process.exitCode = 0;
}
