import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { NOTHING_COMES_IN, openCarriers, rereadCarriers } from '../../src/carriers/line-up.ts';
import { aNumber, OURS, post, read, TWO_SECONDS } from '../support/messages.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

const adminToken = 'an-admin-token-of-a-test';
const PRODUCTION = { mode: 'production', publicUrl: 'http://localhost', adminToken } as const;

onEveryEngine('without a route', (engine) => {
  test('a production server refuses messages and calls, and says who can mend it', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const account = await app.anAccount();
    await aNumber(app, account);
    const message = await post(app, account, { To: '+493012345678' });
    assert.deepEqual([message.status, message.json.code], [400, 21612]);
    assert.match(message.json.message, /takes messages to \+493012345678; its operator can name/);
    assert.match(message.headers['tieline-reason'] ?? '', /^route=\?0, says=".*--carriers"$/);
    const call = await app.post(
      `/2010-04-01/Accounts/${account.sid}/Calls.json`,
      loginOf(account),
      { To: '+493012345678', From: OURS, Twiml: '<Response/>' },
    );
    assert.deepEqual([call.status, call.json.code], [400, 21215]);
    assert.match(call.headers['tieline-reason'] ?? '', /^route=\?0/);
  });

  test('a development server simulates, and says so', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const route = `/route?to=%2B493012345678&from=${encodeURIComponent(OURS)}`;
    const { json } = await app.control('GET', route);
    const because = 'development simulates what no route takes';
    assert.deepEqual(json.targets, [
      { traffic: 'calls', target: 'simulated', kind: 'simulated', because },
      { traffic: 'messages', target: 'simulated', kind: 'simulated', because },
    ]);
    for (const [query, sentence] of [
      ['', /^policy must be given, or to and from\.$/],
      [`?to=1&policy=NY${'0'.repeat(32)}`, /^policy must be given, or to/],
      ['?to=1&calls=7', /^calls must be given together with policy\.$/],
      [`?policy=NY${'0'.repeat(32)}&from=1`, /^from must be given together with to\.$/],
      [`?to=1&account_sid=AC${'0'.repeat(32)}`, /^There is no account/],
    ] as const) {
      const reply = await app.control('GET', `/route${query}`);
      assert.match(reply.json.error, sentence, query);
    }
  });
});

onEveryEngine('the routes of the operator', (engine) => {
  test('apply by account, and again when the file is read again', async () => {
    using folder = temporaryFolder();
    const carriersFile = folder.at('carriers.yaml');
    await using app = await testApp({ engine, config: { ...PRODUCTION, carriersFile } });
    const [one, other] = [await app.anAccount(), await app.anAccount()];
    await aNumber(app, one);
    await aNumber(app, other, '+14155550101');
    writeFileSync(carriersFile, `routes: { messages: [{ account: ${one.sid}, by: simulated }] }\n`);
    openCarriers(app.app, NOTHING_COMES_IN);
    const sent = await post(app, one);
    assert.equal(sent.status, 201, sent.text);
    assert.equal((await post(app, other, { From: '+14155550101' })).json.code, 21612);
    const first = `/_tieline/route?to=%2B4930&from=${encodeURIComponent(OURS)}`;
    const shown = await app.request('GET', first, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    assert.match(shown.json.targets[1].because, /^routes\.messages\[0\] \(account AC/);

    writeFileSync(carriersFile, 'routes: { default: nobody }\n');
    rereadCarriers(app.app, NOTHING_COMES_IN);
    assert.match(app.logLines.join('\n'), /routes\.default must name a carrier of this file/);
    assert.equal((await post(app, one)).status, 201, 'a file that cannot be used changes nothing');

    writeFileSync(carriersFile, 'carriers: { more: { kind: simulated } }\n');
    rereadCarriers(app.app, NOTHING_COMES_IN);
    const told = app.logLines.find((line) => line.includes('the carriers were read again'));
    assert.match(
      told ?? '',
      /"added":\["more"\],"changed":\[\],"removed":\[\],"routes_changed":true/,
    );
    assert.equal((await post(app, one)).json.code, 21612);
    app.advance(TWO_SECONDS);
    await app.deliver();
    const waiting = await read(app, one, sent.json.sid);
    assert.deepEqual([waiting.status, waiting.error_code], ['failed', 21612]);
  });
});
