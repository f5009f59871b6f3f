import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { suite, test } from 'node:test';
import type { RequestRecord } from '../run/outcome.ts';
import { curlOf } from './curl.ts';

const GET: RequestRecord = {
  method: 'GET',
  url: 'http://localhost:4010/2010-04-01/Accounts/AC1/Usage/Triggers.json',
  headers: [['accept', '*/*']],
  body: null,
  username: 'AC1',
  response: null,
  error: null,
  started_at: 0,
  duration_ms: 1,
};

/** The words into which a shell splits the command. */
function wordsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }; ${command}`;
  const env = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'to ken' };
  return execFileSync('sh', ['-c', script], { env, encoding: 'utf8' }).split('\0').slice(0, -1);
}

suite('a request as a command', () => {
  test('reads the auth token and the account SID from the environment', () => {
    const own = curlOf(GET, { account_sid: 'AC1' });
    assert.equal(
      own,
      `curl ${GET.url} -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN" -H 'accept: */*'`,
    );
    assert.deepEqual(wordsOf(own), [GET.url, '-u', 'AC1:to ken', '-H', 'accept: */*']);
    const key = curlOf({ ...GET, username: "SK'1" }, { account_sid: 'AC1' });
    assert.deepEqual(wordsOf(key).slice(1, 3), ['-u', "SK'1:to ken"]);
    assert.deepEqual(wordsOf(curlOf({ ...GET, username: null }))[1], '-H');
  });

  test('names the method only when curl would use another', () => {
    const body = 'a=1';
    assert.equal(wordsOf(curlOf({ ...GET, method: 'POST', body }))[0], GET.url);
    assert.deepEqual(wordsOf(curlOf({ ...GET, method: 'POST' })).slice(0, 2), ['-X', 'POST']);
    assert.deepEqual(wordsOf(curlOf({ ...GET, body })).slice(0, 2), ['-X', 'GET']);
    assert.deepEqual(wordsOf(curlOf({ ...GET, method: 'DELETE' })).slice(0, 2), ['-X', 'DELETE']);
    assert.equal(wordsOf(curlOf({ ...GET, method: 'HEAD' }))[0], '--head');
  });

  test('keeps all characters of a request unchanged', () => {
    const odd = `'; touch /tmp/x; $(id) \`id\` "\\ \n\t !! @file ü`;
    const url = 'http://localhost/a?x[]={b}&c=$(id)';
    const record = {
      ...GET,
      url,
      method: odd,
      body: odd,
      headers: [
        ['x-odd', odd],
        ['x-empty', ''],
      ],
    } as const;
    const words = wordsOf(curlOf(record));
    const before = ['-X', odd, '--globoff', url, '-u', 'AC1:to ken'];
    const after = ['-H', `x-odd: ${odd}`, '-H', 'x-empty;', '--data-raw', odd];
    assert.deepEqual(words, [...before, ...after]);
  });
});
