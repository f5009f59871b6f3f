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
module.enableCompileCache();
const sources = new URL('../src/cli.ts', import.meta.url);
await import(
  existsSync(sources) ? sources.href : new URL('../dist/bundle/cli.js', import.meta.url).href
);
