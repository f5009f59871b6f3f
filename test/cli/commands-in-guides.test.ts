import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import type { Command } from 'commander';
import { tielineProgram } from '../../src/cli/program.ts';

const FILES = globSync(['README.md', 'docs/*.md', 'docs/{guides,start}/*.md', 'deploy/**/*.md']);
/** A command in a block or between backticks, to the end of its line, span or shell pipe. */
const COMMAND = /(?:^|[`$(] ?|&& |(?<=\s)npx )tieline ([a-z][^\n`|;)#<>]*)/gm;

/** The faults of a command line: a command or an option that the program does not have. */
function faultsOf(words: readonly string[]): string[] {
  let command: Command = tielineProgram();
  let rest = [...words];
  for (;;) {
    const [word] = rest;
    const next = command.commands.find((one) => one.name() === word);
    if (!next) break;
    command = next;
    rest = rest.slice(1);
  }
  if (command.parent === null) return [`no command ${words[0]}`];
  const [word] = rest;
  const isGroup = command.commands.length > 0;
  if (isGroup && word !== undefined && /^[a-z]+$/.test(word)) return [`no command ${word}`];
  const known = new Set(command.options.map(({ long }) => long).concat('--help'));
  const until = rest.indexOf('--');
  const own = until === -1 ? rest : rest.slice(0, until);
  return own
    .filter((one) => one.startsWith('--') && !known.has(one.replace(/=.*/, '')))
    .map((one) => `${command.name()} has no option ${one}`);
}

suite('the guides', () => {
  test('name only commands and options that exist', () => {
    const faults: string[] = [];
    let count = 0;
    for (const file of FILES) {
      for (const [, line = ''] of readFileSync(file, 'utf8').matchAll(COMMAND)) {
        count += 1;
        for (const fault of faultsOf(line.trim().split(/\s+/))) faults.push(`${file}: ${fault}`);
      }
    }
    assert.deepEqual(faults, []);
    assert.ok(count > 50, `${count} commands were found`);
  });
});
