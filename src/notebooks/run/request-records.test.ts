import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestRecords } from './request-records.ts';

const LONG = 'x'.repeat(1_000_000);
const record = {
  method: 'POST',
  url: `http://127.0.0.1/${LONG}`,
  headers: [
    ['accept', '*/*'],
    ['x-long', LONG],
  ],
  body: LONG,
  username: null,
  response: { status: 200, headers: [['x-long', LONG]], body: LONG, body_length: LONG.length },
  error: null,
  started_at: 0,
  duration_ms: 1,
} as const;

test('records of many or long requests stay small', () => {
  const records = new RequestRecords();
  records.add(record);
  const [first] = records.take();
  assert.deepEqual(first?.headers, [['accept', '*/*']]);
  assert.deepEqual(
    [first.url, first.body, first.response?.body].map((text) => text?.length),
    [65_536, 65_536, 65_536],
  );
  assert.equal(first.response?.body_length, LONG.length);
  for (let count = 0; count < 20_000; count += 1) records.add(record);
  const all = records.take();
  assert.equal(all.length, 20_000);
  const length = all.reduce((sum, { url, body }) => sum + url.length + (body?.length ?? 0), 0);
  assert.ok(length < 50_000_000, `${length} characters are kept`);
  assert.equal(all.at(-1)?.response?.status, 200);
});
