#!/usr/bin/env node
// The sources run as they are in a checkout; a published package holds a bundle of them.
// This file must parse on any Node, so that an old one gets a sentence and not a syntax error.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { findNewerNode, isNewEnough, tooOldSentence } from './newer-node.js';

if (isNewEnough(process.versions.node)) {
  // A cache that cannot be read or written makes the start slower, and nothing else.
  module.enableCompileCache();
  const sources = new URL('../src/cli.ts', import.meta.url);
  const { main } = existsSync(sources)
    ? await import(sources.href)
    : await module
        .createRequire(import.meta.url)('../dist/bundle/tieline.cjs')
        .cli();
  await main();
} else {
  const node = findNewerNode(process.env);
  if (node === null) {
    console.error(`tieline: ${tooOldSentence()}`);
    // The statuses of every refused start; "run" has the others from its program.
    process.exitCode = process.argv[2] === 'run' ? 125 : 2;
  } else {
    const { runOn } = await import('./run-on.js');
    runOn(node);
  }
}
