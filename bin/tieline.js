#!/usr/bin/env node
// The sources run as they are in a checkout; a published package holds a bundle of them.
// This file must parse on any Node, so that an old one gets a sentence and not a syntax error.
import { existsSync } from 'node:fs';
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 18)) {
  console.error(
    `Tieline needs Node.js 24.18 or newer, and this is ${process.versions.node}. ` +
      'In a checkout, run it as "npx tieline" or "npm start": npm ci has brought the right one.',
  );
  process.exit(1);
}
// A cache that cannot be read or written makes the start slower, and nothing else.
module.enableCompileCache();
const sources = new URL('../src/cli.ts', import.meta.url);
const { main } = existsSync(sources)
  ? await import(sources.href)
  : await module
      .createRequire(import.meta.url)('../dist/bundle/tieline.cjs')
      .cli();
await main();
