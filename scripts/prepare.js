// npm runs this after `npm ci`: it builds the pages of the documentation for /docs. An installation
// never fails because of them. Without them, /docs says how to build them.
// This file must parse on any Node, because npm runs it with the one that it finds.
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const readsTypeScript = major > 23 || (major === 22 && minor >= 18);
const hasTools = existsSync(new URL('../node_modules/@11ty/eleventy', import.meta.url));
if (readsTypeScript && hasTools) {
  await import('./docs/build.ts');
  process.exitCode = 0;
}
