import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import type { Command } from 'commander';
import { tielineProgram } from '../../src/cli/program.ts';
import { everyBlockOf } from '../support/guide-blocks.ts';

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

  test('list every command in the README, and no other', () => {
    const blocks = everyBlockOf('README.md').filter(
      ({ heading }) => heading === 'The command line',
    );
    assert.equal(blocks.length, 1);
    // A line that begins with a space goes on with the command above it.
    const lines = (blocks[0]?.code ?? '').replaceAll(/\n +/g, ' ').trim().split('\n');
    const listed = lines.map((line) => {
      const [, command = '', rest = ''] = /^tieline (\S+) *(.*)$/.exec(line) ?? [];
      return { command, rest };
    });
    const program = tielineProgram();
    const names = program.commands.map((command) => command.name());
    assert.deepEqual(listed.map(({ command }) => command).toSorted(), names.toSorted());
    for (const { command, rest } of listed) {
      const options = rest.match(/--[a-z-]+/g) ?? [];
      const below = program.commands.find((one) => one.name() === command)?.commands ?? [];
      const [only] = below;
      const one = only && below.length === 1 ? [only.name()] : [];
      const faults = faultsOf([command, ...one, ...options.filter((name) => name !== '--')]);
      assert.deepEqual(faults, [], `README.md: ${command}`);
      if (below.length === 0) continue;
      const words = rest.replaceAll(/\(.*?\)|\[.*?\]/g, '').match(/\b[a-z][a-z-]+\b/g) ?? [];
      const subcommands = below.map((subcommand) => subcommand.name());
      assert.deepEqual(words.toSorted(), subcommands.toSorted(), `README.md: ${command}`);
    }
  });
});
