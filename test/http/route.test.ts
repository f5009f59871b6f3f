import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

onEveryEngine('the route of calls', (engine) => {
  test('leads to the present targets of a policy', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const { json: policy } = await app.post('/v1/ConnectionPolicies', login, {});
    const add = async (form: Record<string, string>) =>
      (await app.post(`/v1/ConnectionPolicies/${policy.sid}/Targets`, login, form)).json;
    const first = await add({ Target: 'sip:first.example.com', Priority: '1', Weight: '1' });
    const spare = await add({ Target: 'sip:spare.example.com', Priority: '2', Weight: '9' });
    const route = async () =>
      (await app.control('GET', `/route?policy=${policy.sid}&calls=40&seed=3`)).json.targets;
    const shown = ({ sid, target, priority, weight }: typeof first, calls: number) => {
      return { sid, target, priority, weight, calls, share: calls / 40 };
    };
    assert.deepEqual(await route(), [shown(first, 40), shown(spare, 0)]);
    const path = `/v1/ConnectionPolicies/${policy.sid}/Targets/${first.sid}`;
    await app.post(path, login, { Enabled: 'false' });
    assert.deepEqual(await route(), [shown(first, 0), shown(spare, 40)]);
  });

  test('is refused in a sentence when there is none', async () => {
    await using app = await testApp({ engine });
    const none = `NY${'0'.repeat(32)}`;
    const cases: [string, number, RegExp][] = [
      ['', 400, /^policy /],
      ['policy=AC1', 400, /^policy /],
      [`policy=${none}`, 404, /connection policy/],
      [`policy=${none}&calls=0`, 400, /^calls must be a whole number from 1 to 100000/],
      [`policy=${none}&calls=100001`, 400, /^calls /],
      [`policy=${none}&seed=-1`, 400, /^seed /],
      [`policy=${none}&more=1`, 400, /"more"/],
    ];
    for (const [query, status, sentence] of cases) {
      const reply = await app.control('GET', `/route?${query}`);
      assert.equal(reply.status, status, query);
      assert.match(reply.json.error, sentence);
    }
  });
});
