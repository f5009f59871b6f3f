import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { at, blocksOf } from '../support/guide-blocks.ts';
import { readersFolder, runBlocks } from '../support/guide-shell.ts';

const GUIDE = 'docs/guides/own-carrier.md';
const skip = existsSync('/usr/bin/sipp') ? false : 'apt-get install sip-tester';

test('the commands of the guide on an own carrier make a call past a silent target', {
  skip,
}, async () => {
  const [port, sipp, silent] = [await freePort(), await freePort(), await freePort()];
  const addresses = {
    'localhost:4010': `127.0.0.1:${port}`,
    '5070': String(sipp),
    '5071': String(silent),
  };
  const blocks = at(addresses, blocksOf(GUIDE));
  using folder = readersFolder(blocks);
  const shell = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
  const ready = `until curl -fso /dev/null http://127.0.0.1:${port}/readyz; do sleep 0.2; done`;
  const [start = '', ...rest] = shell;
  const started = start.replace(/^npx tieline serve.*$/m, `$& > served.log 2>&1 &\n${ready}`);
  assert.notEqual(started, start, 'a server starts');
  const [, , called = '', exported = ''] = await runBlocks([started, ...rest], folder, {
    PORT: String(port),
    TERM: 'dumb',
    TIELINE_DATA: './data',
  });
  assert.match(called, /"status": *"completed"/);
  const list = `1 sip:127.0.0.1:${silent} 0 0 rweight=10\n# Set 2: priority 20\n2 sip:127.0.0.1:${sipp} 0 0`;
  assert.ok(exported.includes(list), exported);
});
