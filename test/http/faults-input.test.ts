import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { testApp } from '../support/test-app.ts';

suite('a fault', () => {
  test('with a wrong field is refused with one sentence', async () => {
    await using app = await testApp({ engine: 'memory' });
    const short = 'match must be as POST /2010-04-01/Accounts/*/Messages.json, or {method, path}.';
    const late = 'delay must be a length of time up to 60s, as 500ms or 2s, or milliseconds.';
    const path =
      'match.path must be a path of the API, which begins with /2010-04-01/ or /v1/, and may ' +
      'hold * and **.';
    const share = 'probability must be a number above 0 and up to 1.';
    for (const [rule, error] of [
      [{}, 'The body must hold status, delay or cut.'],
      [{ times: 1 }, 'The body must hold status, delay or cut.'],
      [{ status: 200 }, 'status must be a whole number from 400 to 599.'],
      [{ status: '500' }, 'status must be a whole number from 400 to 599.'],
      [{ status: 500, cut: 'after' }, /^cut must not be given with status: /],
      [{ cut: 'during' }, 'cut must be before or after.'],
      [{ delay: '2h' }, late],
      [{ delay: 0 }, late],
      [{ delay: '61s' }, late],
      [{ delay: 60_001 }, late],
      [{ delay: true }, late],
      [{ status: 500, times: 0 }, 'times must be a whole number from 1 to 1000000.'],
      [{ status: 500, probability: 0 }, share],
      [{ status: 500, probability: 1.1 }, share],
      [{ status: 500, probability: '1' }, share],
      [{ status: 500, seed: -1 }, 'seed must be a whole number from 0 to 2147483647.'],
      [{ status: 500, match: 7 }, short],
      [{ status: 500, match: '' }, short],
      [{ status: 500, match: 'PUT /v1/x' }, short],
      [{ status: 500, match: 'POST' }, short],
      [{ status: 500, match: '/_tieline/clock' }, short],
      [{ status: 500, match: { path: '/login' } }, path],
      [{ status: 500, match: { path: '/v1/[a' } }, path],
      [{ status: 500, match: { path: '/v1x' } }, path],
      [
        { status: 500, match: { path: `/v1/${'a'.repeat(300)}` } },
        'match.path must be at most 256 characters.',
      ],
      [{ status: 500, match: { method: 'PUT' } }, 'match.method must be GET, POST or DELETE.'],
      [{ status: 500, match: { host: 'x' } }, 'match does not take "host".'],
      [{ status: 500, probably: 1 }, 'The body does not take "probably".'],
    ] as const) {
      const reply = await app.control('POST', '/faults', rule);
      assert.equal(reply.status, 400, JSON.stringify(rule));
      if (typeof error === 'string') assert.deepEqual(reply.json, { error }, JSON.stringify(rule));
      else assert.match(reply.json.error, error);
    }
    assert.deepEqual((await app.control('GET', '/faults')).json, { faults: [] });
  });

  test('does not exist in production', async () => {
    const adminToken = 'an-admin-token-of-a-test';
    const config = { mode: 'production', adminToken } as const;
    await using app = await testApp({ engine: 'memory', config });
    const headers = { authorization: `Bearer ${adminToken}` };
    for (const [method, path] of [
      ['GET', '/faults'],
      ['POST', '/faults'],
      ['DELETE', '/faults'],
      ['DELETE', '/faults/F1'],
    ] as const) {
      const body = method === 'POST' ? { status: 500 } : undefined;
      const reply = await app.request(method, `/_tieline${path}`, { headers, body });
      assert.equal(reply.status, 404, `${method} ${path}`);
    }
    assert.equal((await app.get('/v1/ConnectionPolicies')).status, 401);
  });
});
