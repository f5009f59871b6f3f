import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { loginOf, testApp } from '../support/test-app.ts';
import { fetchRaml, RAML_DOCUMENTS, RAML_VERSIONS } from './raml-document.ts';

const NOTEBOOKS = '/apiplatform/repository/public/organizations/30/apis/8031/versions/8196';

/** The used part of the parser. */
interface RamlParser {
  parseRAMLSync(text: string): {
    errors(): readonly { readonly is_warning: boolean; readonly message: string }[];
  };
}

/** Errors and warnings of MuleSoft's parser. */
function complaintsOf(text: string): string[] {
  const parser = createRequire(import.meta.url)('raml-1-parser') as RamlParser;
  return parser
    .parseRAMLSync(text)
    .errors()
    .map(({ message }) => message);
}

// biome-ignore lint/suspicious/noExplicitAny: it is read field by field
// oxlint-disable-next-line typescript/no-explicit-any
type Resource = Record<string, any>;

/**
 * Follows a chain of a notebook through the tree. A step is the text or the parameter of a segment,
 * `json` is a suffix, and a method is last. The chain may continue below any of several resources
 * with the same name.
 */
function follow(tree: Resource, chain: string): Resource[] {
  const [verb, suffix, ...steps] = chain.split('.').toReversed();
  let at: Resource[] = [tree];
  for (const step of steps.toReversed()) {
    const fits = step.endsWith('()') ? `/{${step.slice(0, -2)}}` : `/${step}`;
    at = at
      .flatMap(({ resources = [] }) => resources as Resource[])
      .filter(
        ({ relativeUri }) => (relativeUri as string).replace('{mediaTypeExtension}', '') === fits,
      );
  }
  return at
    .filter(({ uriParameters }) =>
      uriParameters?.mediaTypeExtension?.enum.includes(`.${String(suffix)}`),
    )
    .flatMap(({ methods }) => methods as Resource[])
    .filter(({ method }) => method === verb);
}

suite('the descriptions in RAML', () => {
  for (const version of RAML_VERSIONS) {
    test(`are RAML ${version} without an error or a warning`, async () => {
      await using app = await testApp({ engine: 'memory' });
      for (const document of RAML_DOCUMENTS) {
        const { text } = await fetchRaml(app, document, version);
        assert.ok(text.startsWith(`#%RAML ${version}\n`));
        assert.deepEqual(complaintsOf(text), [], document);
        assert.ok(!text.includes('!include'));
      }
    });

    test(`would not be RAML ${version} with a mistake in them`, async () => {
      await using app = await testApp({ engine: 'memory' });
      const { text } = await fetchRaml(app, 'v1', version);
      assert.equal(complaintsOf(`${text}bogus: 1\n`).length, 1);
      const unknown = text.replace(/(schema|type): ByocTrunk\n/, '$1: Nobody\n');
      assert.equal(complaintsOf(unknown).length, 1);
    });
  }

  test('are at the addresses that old notebooks use, with the same bytes', async () => {
    await using app = await testApp({ engine: 'memory' });
    for (const query of ['', '?raml=1.0', '?format=json']) {
      const { text, headers } = await app.get(`/raml/2010-04-01.raml${query}`);
      for (const path of [`${NOTEBOOKS}/definition`, `${NOTEBOOKS}/files/root`]) {
        const there = await app.get(path + query);
        assert.equal(there.text, text);
        assert.equal(there.headers['etag'], headers['etag']);
        assert.equal(there.headers['content-type'], headers['content-type']);
      }
    }
    assert.match((await app.get('/raml/2010-04-01.raml')).text, /^#%RAML 0\.8\n/);
  });

  test('are readable by every web page, and have an ETag', async () => {
    await using app = await testApp({ engine: 'memory' });
    const path = '/raml/2010-04-01.raml';
    const { status, headers, text } = await app.get(path);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/raml+yaml; charset=utf-8');
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers['cache-control'], 'no-cache');
    const etag = headers['etag'] ?? '';
    assert.match(etag, /^"[\w-]{43}"$/);

    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const sent = { headers: { 'if-none-match': known } };
      const again = await app.request('GET', path, sent);
      assert.equal(again.status, 304, known);
      assert.equal(again.text, '');
      assert.equal(again.headers['etag'], etag);
      assert.equal((await app.request('HEAD', path, sent)).status, 304);
    }
    const other = await app.request('GET', path, { headers: { 'if-none-match': '"other"' } });
    assert.equal(other.status, 200);

    const head = await app.request('HEAD', path);
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    assert.equal(head.headers['content-length'], String(Buffer.byteLength(text)));
    assert.equal(head.headers['etag'], etag);
    const json = await app.get(`${path}?format=json`);
    assert.match(json.headers['content-type'] ?? '', /^application\/json/);
    assert.notEqual(json.headers['etag'], etag);
  });

  test('have the address that the client used, or the public one', async () => {
    await using app = await testApp({ engine: 'memory' });
    const BASES = { '2010-04-01': '{version}', v1: '{version}', tieline: '_tieline' };
    const seen = new Set<string | undefined>();
    for (const host of ['voice.twilio.com:4010', '[::1]:4010', 'localhost']) {
      for (const [document, end] of Object.entries(BASES)) {
        const path = `/raml/${document}.raml`;
        const { text, headers } = await app.request('GET', path, { headers: { host } });
        assert.equal(parse(text).baseUri, `http://${host}/${end}`);
        seen.add(headers['etag']);
        const json = await app.request('GET', `${path}?format=json`, { headers: { host } });
        assert.equal(json.json.baseUri, `http://${host}/${end}`);
      }
    }
    assert.equal(seen.size, 9);

    const publicUrl = 'https://api.example.com';
    await using published = await testApp({ engine: 'memory', config: { publicUrl } });
    const { root } = await fetchRaml(published, 'v1', '1.0');
    assert.equal(root['baseUri'], `${publicUrl}/{version}`);
    const { json } = await published.get('/raml/v1.raml?format=json');
    assert.deepEqual(json.protocols, ['HTTPS']);
  });

  test('refuse an unknown version or format', async () => {
    await using app = await testApp({ engine: 'memory' });
    const refused: Readonly<Record<string, string>> = {
      'raml=2.0': 'raml must be 0.8 or 1.0',
      'raml=': 'raml must be 0.8 or 1.0',
      'raml=0.8&raml=1.0': 'raml may be given only once',
      'format=xml': 'format must be yaml or json',
    };
    for (const [query, message] of Object.entries(refused)) {
      for (const path of ['/raml/v1.raml', `${NOTEBOOKS}/definition`]) {
        const { status, json } = await app.get(`${path}?${query}`);
        assert.deepEqual([status, json.code, json.message], [400, 20001, message]);
      }
    }
    assert.equal((await app.get('/raml/v2.raml')).status, 404);
  });

  test('have each chain of the notebook, and chains to all nested resources', async () => {
    await using app = await testApp({ engine: 'memory' });
    const chains = [
      'AuthorizedConnectApps.json.get',
      'AuthorizedConnectApps.ConnectAppSid().json.get',
      'Usage.Triggers.json.get',
      'Usage.Triggers.json.post',
      'Usage.Triggers.UsageTriggerSid().json.get',
      'Usage.Triggers.UsageTriggerSid().json.post',
      'Usage.Triggers.UsageTriggerSid().json.delete',
      'Usage.Records.json.get',
      'Usage.Records.Subresource().json.get',
      'ConnectApps.json.get',
      'ConnectApps.ConnectAppSid().json.get',
      'ConnectApps.ConnectAppSid().json.post',
      'json.get',
      'Messages.MessageSid().csv.get',
      'Messages.MessageSid().Media.MediaSid().json.get',
      'Recordings.RecordingSid().wav.delete',
      'Recordings.RecordingSid().Transcriptions.TranscriptionSid().txt.get',
      'AvailablePhoneNumbers.IsoCountryCode().Local.xml.get',
      'IncomingPhoneNumbers.IncomingPhoneNumberSid().json.post',
    ];
    for (const version of RAML_VERSIONS) {
      const { json } = await app.get(`/raml/2010-04-01.raml?format=json&raml=${version}`);
      for (const chain of chains) {
        const found = follow(json, `Accounts.AccountSid().${chain}`);
        assert.equal(found.length, 1, `${version}: ${chain}`);
        if (chain.endsWith('post')) {
          assert.deepEqual(Object.keys(found[0]?.['body']), ['application/x-www-form-urlencoded']);
        }
      }
      assert.deepEqual(follow(json, 'Accounts.AccountSid().ConnectApps.json.delete'), []);
      assert.deepEqual(follow(json, 'Accounts.AccountSid().ConnectApps.wav.get'), []);
    }
  });

  test('as a tree have resource types, traits and schemas in their places', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    const { json } = await app.get('/raml/2010-04-01.raml?format=json');
    assert.deepEqual(json.baseUriParameters.version.enum, ['2010-04-01']);
    const accounts = json.resources.map(({ relativeUri }: Resource) => relativeUri);
    assert.deepEqual(accounts, ['/Accounts{mediaTypeExtension}', '/Accounts']);
    const [one] = json.resources[1].resources;
    assert.equal(one.relativeUri, '/{AccountSid}{mediaTypeExtension}');
    assert.deepEqual(one.relativeUriPathSegments, ['{AccountSid}{mediaTypeExtension}']);
    const { mediaTypeExtension, AccountSid } = one.uriParameters;
    assert.deepEqual(mediaTypeExtension.enum, ['.json', '.xml', '.csv']);
    assert.equal(mediaTypeExtension.required, false);
    assert.deepEqual(AccountSid, {
      type: 'string',
      pattern: '^AC[0-9a-fA-F]{32}$',
      required: true,
      displayName: 'AccountSid',
    });
    const [get, post] = one.methods;
    assert.deepEqual([get.method, get.securedBy], ['get', ['basic']]);
    assert.deepEqual(Object.keys(get.responses), ['200', '400', '403', '404', '429']);
    assert.ok('409' in post.responses);
    assert.equal(post.headers['Idempotency-Key'].displayName, 'Idempotency-Key');
    const { properties } = JSON.parse(get.responses['200'].body['application/json'].schema);
    const path = `/2010-04-01/Accounts/${account.sid}.json`;
    const answer = await app.get(path, loginOf(account));
    assert.deepEqual(Object.keys(properties), Object.keys(answer.json));
  });
});
