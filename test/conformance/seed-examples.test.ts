import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewConnectApp } from '../../src/connect-apps/create-connect-app.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { hasShared, readShared } from './shared.ts';

/**
 * Compares the examples of old documents with the answers of the server. The tests use the
 * placeholders of the documents as SIDs, so they replace nothing before they compare.
 */
const ACCOUNT_SID = `AC${'a'.repeat(32)}`;
const CONNECT_APP_SID = `CN${'a'.repeat(32)}`;
const POLICY_SID = `NY${'a'.repeat(32)}`;
/** The first time in the examples of the voice API. */
const SEED_004_NOW = Date.UTC(2020, 2, 18, 23, 31, 36);

type Json = Record<string, unknown>;

/** The JSON blocks of a Markdown document. */
function markdownExamples(text: string): Json[] {
  return [...text.matchAll(/```json\n(.*?)\n```/gs)].map(([, json = '']) => JSON.parse(json));
}

/** The JSON of a page whose code blocks were copied with their line numbers. */
function numberedExamples(text: string): Json[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('1{'))
    .map((line) => {
      // Only numbers of the example itself follow a colon and a space.
      const parts = /"(?:[^"\\]|\\.)*"|: \d+|\d+/g;
      return JSON.parse(line.replaceAll(parts, (part) => (/^\d/.test(part) ? '' : part)));
    });
}

/** The input of a developer for an app that equals this example. */
function registrationOf(example: Json): Partial<NewConnectApp> {
  const { account_sid: _, uri: __, ...app } = example;
  return app;
}

if (hasShared) {
  const seed001 = readShared('seeds/001-rest-api-connect-apps.md');
  const seed002 = readShared('seeds/002-update-a-connect-app.txt');
  const seed004 = readShared('seeds/004-connection-policies.txt');

  onEveryEngine('the examples of the seeds', (engine) => {
    const developerWith = async (app: TestApp, example: Json) => {
      const developer = await app.anAccount({ sid: ACCOUNT_SID });
      await app.aConnectApp(developer, registrationOf(example));
      return loginOf(developer);
    };

    test('001: a Connect app is fetched', async () => {
      await using app = await testApp({ engine });
      const example = markdownExamples(seed001).find((one) => one['sid']) as Json;
      const sid = example['sid'] as string;
      const login = await developerWith(app, example);
      const path = `/2010-04-01/Accounts/${ACCOUNT_SID}/ConnectApps/${sid}.json`;
      const { status, json } = await app.get(path, login);
      assert.equal(status, 200);
      assert.equal(example['account_sid'], `AC${'X'.repeat(32)}`);
      assert.deepEqual(json, {
        ...example,
        // The example hides its account with letters that no SID has. Its uri names the account
        // of the other examples, and another app than its sid does.
        account_sid: ACCOUNT_SID,
        uri: (example['uri'] as string).replace(CONNECT_APP_SID, sid),
      });
    });

    test('001: the Connect apps are listed', async () => {
      await using app = await testApp({ engine });
      const example = markdownExamples(seed001).find((one) => one['connect_apps']) as Json;
      const [row] = example['connect_apps'] as Json[];
      const login = await developerWith(app, row as Json);
      const path = `/2010-04-01/Accounts/${ACCOUNT_SID}/ConnectApps.json`;
      const { status, json } = await app.get(path, login);
      assert.equal(status, 200);
      assert.deepEqual(json, example);
    });

    test('002: a Connect app is updated with its own values, and stays the same', async () => {
      await using app = await testApp({ engine });
      const example = JSON.parse(seed002.slice(seed002.indexOf('{\n'))) as Json;
      const login = await developerWith(app, example);
      const path = `/2010-04-01/Accounts/${ACCOUNT_SID}/ConnectApps/${CONNECT_APP_SID}.json`;
      const { friendly_name, homepage_url } = example as Record<string, string>;
      const { status, json } = await app.post(path, login, {
        FriendlyName: friendly_name as string,
        HomepageUrl: homepage_url as string,
        Description: '',
        Permissions: '',
      });
      assert.equal(status, 200);
      assert.deepEqual(json, example);
      assert.deepEqual((await app.get(path, login)).json, example);
    });

    test("001 and 002: the update's own parameters are taken, one by one or by curl", async () => {
      await using app = await testApp({ engine });
      const [, curl = ''] = /--data '([^']*)'/.exec(seed002) ?? [];
      const [, request = ''] =
        /"UpdateConnectAppRequest".*?"lang":"json","value":("(?:[^"\\]|\\.)*")/.exec(seed001) ?? [];
      const login = await developerWith(app, { sid: CONNECT_APP_SID });
      const path = `/2010-04-01/Accounts/${ACCOUNT_SID}/ConnectApps/${CONNECT_APP_SID}.json`;
      const expected = {
        account_sid: ACCOUNT_SID,
        authorize_redirect_url: 'https://example.com',
        company_name: 'company_name',
        deauthorize_callback_method: 'GET',
        deauthorize_callback_url: 'https://example.com',
        description: 'description',
        friendly_name: 'friendly_name',
        homepage_url: 'https://example.com',
        permissions: ['get-all'],
        sid: CONNECT_APP_SID,
        uri: path,
      };
      assert.deepEqual((await app.post(path, login, curl)).json, expected);
      const form = JSON.parse(JSON.parse(request)) as Record<string, string | string[]>;
      const { Permissions, ...texts } = form;
      await app.post(path, login, { Permissions: '', Description: '' });
      for (const [name, value] of Object.entries(texts)) {
        await app.post(path, login, { [name]: value });
      }
      const last = await app.post(path, login, { Permissions: Permissions ?? '' });
      assert.deepEqual(last.json, expected);
    });

    test('004: a connection policy is created, fetched, listed and updated', async () => {
      await using app = await testApp({
        engine,
        now: SEED_004_NOW,
        config: { publicUrl: 'https://voice.twilio.com' },
      });
      const login = loginOf(await app.anAccount({ sid: ACCOUNT_SID }));
      const [created, fetched, listed, updated, ...more] = numberedExamples(seed004);
      assert.deepEqual(more, []);
      const list = '/v1/ConnectionPolicies';

      const made = await app.post(list, login, { FriendlyName: 'friendly_name' });
      assert.equal(made.status, 201);
      // The server chooses the SID. The later examples have their SID in the same places.
      const sid: string = made.json.sid;
      const asMade = (example: Json | undefined) =>
        JSON.parse(JSON.stringify(example).replaceAll(POLICY_SID, sid)) as Json;
      assert.deepEqual(made.json, asMade(created));

      app.advance(1_000);
      await app.post(`${list}/${sid}`, login, { FriendlyName: 'friendly_name' });
      assert.deepEqual((await app.get(`${list}/${sid}`, login)).json, asMade(fetched));
      assert.deepEqual((await app.get(list, login)).json, asMade(listed));

      const renamed = await app.post(`${list}/${sid}`, login, { FriendlyName: 'FriendlyName' });
      assert.equal(renamed.status, 200);
      assert.deepEqual(renamed.json, asMade(updated));
    });
  });
} else {
  console.log('– ../shared is absent: answers are not compared with the examples of the seeds');
}
