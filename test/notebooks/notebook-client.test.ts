import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { IncomingResponse } from '../../src/notebooks/run/host.ts';
import type { Outcome } from '../../src/notebooks/run/outcome.ts';
import { aNetwork, NOWHERE, plainOf, runCells } from './notebook-session.ts';

const RAML = `#%RAML 0.8
title: Things
version: v2
baseUri: ${NOWHERE}/{version}
mediaType: application/json
resourceTypes:
  - ext:
      uriParameters:
        mediaTypeExtension:
          enum: [ .json, .csv ]
          required: false
  - collection:
      get?:
      post:
        body:
          application/x-www-form-urlencoded:
/Accounts:
  /{AccountSid}{mediaTypeExtension}:
    type: ext
    get:
  /{AccountSid}:
    uriParameters:
      AccountSid:
        type: string
    /Things{mediaTypeExtension}:
      type: ext
      get:
      post:
        body:
          application/x-www-form-urlencoded:
            formParameters: { Name: { type: string } }
    /Things/{ThingSid}{mediaTypeExtension}:
      type: ext
      delete:
      put:
        body: { application/json: }
    /Things:
      /{ThingSid}/parts:
        get:
/typed:
  type: collection
/pair{a}{b}:
  get:
/only/{kind}:
  uriParameters:
    kind: { enum: [ one ] }
  get:
/odd{a}tail:
  get:
`;

const CREATE = 'API.createClient("client", "/things.raml")';

/**
 * Runs cells with a client. @returns the sent requests, and the outcomes after the client's cell
 */
async function withClient(
  cells: readonly string[],
  answer?: () => Partial<IncomingResponse>,
  raml = RAML,
) {
  const network = aNetwork(answer);
  const document = async () => ({ text: raml, notice: null });
  const [created, ...outcomes] = await runCells([CREATE, ...cells], { ...network, document });
  assert.equal(created?.failure ?? null, null);
  return { sent: network.sent, outcomes };
}

/** The request of each call, as `POST /path?query type body`. */
async function sentBy(codes: readonly string[]): Promise<string[]> {
  const { sent, outcomes } = await withClient(codes.map((code) => `${CREATE}; ${code}`));
  for (const { cell, failure } of outcomes) assert.equal(failure, null, codes[cell - 1] ?? CREATE);
  return sent.map(({ method, url, headers, body }) => {
    const type = headers.find(([name]) => name === 'content-type')?.[1];
    const parts = [method, url.slice(NOWHERE.length), type, body];
    return parts.filter((part) => part != null).join(' ');
  });
}

function valueIn(outcome: Outcome | undefined): unknown {
  assert.equal(outcome?.failure ?? null, null);
  return plainOf(outcome?.value ?? null);
}

suite('a client', () => {
  test('has a member for each name in a path and a method for each parameter', async () => {
    const A = 'client.Accounts.AccountSid("AC1")';
    const form = 'application/x-www-form-urlencoded';
    const expected: Record<string, string> = {
      [`${A}.Things.json.get()`]: 'GET /v2/Accounts/AC1/Things.json application/json',
      [`${A}.Things.csv.get()`]: 'GET /v2/Accounts/AC1/Things.csv application/json',
      [`${A}.Things.extension("xml").get()`]: 'GET /v2/Accounts/AC1/Things.xml application/json',
      [`${A}.Things.get()`]: 'GET /v2/Accounts/AC1/Things application/json',
      [`${A}.json.get()`]: 'GET /v2/Accounts/AC1.json application/json',
      [`${A}.Things.json.get({Page: 2, a: [1, 2]})`]:
        'GET /v2/Accounts/AC1/Things.json?Page=2&a=1&a=2 application/json',
      [`${A}.Things.json.get("?b=c d")`]:
        'GET /v2/Accounts/AC1/Things.json?b=c%20d application/json',
      [`${A}.Things.json.post({Name: "a b&c", None: null, Un: undefined, Deep: {}})`]: `POST /v2/Accounts/AC1/Things.json ${form} Name=a%20b%26c&None=&Un=&Deep=`,
      [`${A}.Things.ThingSid("x/y z").json.delete({})`]:
        'DELETE /v2/Accounts/AC1/Things/x%2Fy%20z.json application/json {}',
      [`${A}.Things.ThingSid("T").json.delete()`]:
        'DELETE /v2/Accounts/AC1/Things/T.json application/json',
      [`${A}.Things.ThingSid("T").json.put({a: [1]})`]:
        'PUT /v2/Accounts/AC1/Things/T.json application/json {"a":[1]}',
      [`${A}.Things.ThingSid("T").parts.get()`]:
        'GET /v2/Accounts/AC1/Things/T/parts application/json',
      'client.typed.post({a: 1})': `POST /v2/typed ${form} a=1`,
      'client.pair("x", 2).get()': 'GET /v2/pairx2 application/json',
      'client.only.kind().get()': 'GET /v2/only/one application/json',
      'client.only.kind("").get()': 'GET /v2/only/ application/json',
      'client("/Any/{id}.json", {id: 7}).post({a: 1})':
        'POST /v2/Any/7.json application/json {"a":1}',
      'client.typed.post("plain", {headers: {"X-A": "1"}})':
        'POST /v2/typed text/plain;charset=UTF-8 plain',
      'client.typed.post({a: 1}, {headers: {"Content-Type": "application/json"}})':
        'POST /v2/typed application/json {"a":1}',
      [`API.set(client, "uriParameters", {AccountSid: "AC9"}); client.Accounts.AccountSid().json.get()`]:
        'GET /v2/Accounts/AC9.json application/json',
      [`API.set(client, "query", {all: 1}); ${A}.json.get({own: 2})`]:
        'GET /v2/Accounts/AC1.json?all=1&own=2 application/json',
    };
    assert.deepEqual(await sentBy(Object.keys(expected)), Object.values(expected));
  });

  test('has only the declared verbs', async () => {
    const { outcomes } = await withClient([
      'A = client.Accounts.AccountSid("x"); [Object.keys(A.Things.json), Object.keys(A.Things.ThingSid("y").json), typeof client.typed.get, typeof client.odd]',
    ]);
    assert.deepEqual(valueIn(outcomes[0]), [
      ['get', 'post'],
      ['delete', 'put'],
      'undefined',
      'undefined',
    ]);
  });

  test('returns an object whose only listed members are body, status and headers', async () => {
    const { outcomes } = await withClient(
      ['r = client.typed.post({}); [Object.keys(r), r.body, r.status, r.headers, r.raw]'],
      () => ({
        status: 404,
        headers: [
          ['Content-Type', 'application/problem+json; charset=utf-8'],
          ['X-Twice', '1'],
          ['x-twice', '2'],
        ],
        body: ' {"code": 20404}\n',
      }),
    );
    assert.deepEqual(valueIn(outcomes[0]), [
      ['body', 'status', 'headers'],
      { code: 20404 },
      404,
      { 'content-type': 'application/problem+json; charset=utf-8', 'x-twice': '2' },
      ' {"code": 20404}\n',
    ]);
  });

  test('reads a body by its media type', async () => {
    const cases: [string, string, unknown][] = [
      ['text/csv', 'a,b\n1,2\n', 'a,b\n1,2'],
      ['application/x-www-form-urlencoded', 'a=1&b=c+d', { a: '1', b: 'c d' }],
      ['application/json', '', undefined],
      ['', 'text', 'text'],
    ];
    for (const [type, body, expected] of cases) {
      const headers: [string, string][] = type === '' ? [] : [['content-type', type]];
      const { outcomes } = await withClient(['client.typed.post({}).body'], () => ({
        headers,
        body,
      }));
      assert.deepEqual(valueIn(outcomes[0]), expected, type);
    }
    const headers: [string, string][] = [['content-type', 'application/json']];
    const { outcomes } = await withClient(['client.typed.post({})'], () => ({
      headers,
      body: '{',
    }));
    assert.equal(outcomes[0]?.failure?.name, 'TypeError');
  });

  test('blocks in loops, callbacks, accessors and promises', async () => {
    const { outcomes, sent } = await withClient([
      'got = []; for (i = 0; i < 3; i++) got.push(client.typed.post({i}).status)',
      '[3, 1, 2].sort((a, b) => (client.typed.post({}), a - b)).map((n) => client.typed.post({n}).status + n)',
      'o = { get s() { return client.typed.post({}).status } }; o.s',
      'Promise.all([1, 2].map(async (n) => { await null; return client.typed.post({n}).status }))',
      'client.typed.post({}, {}, async())',
      'seen = null; client.typed.post({}, (err, res) => { seen = res.status }); seen',
      'seen',
    ]);
    const values = outcomes.map((outcome) => valueIn(outcome));
    assert.deepEqual(values.slice(0, 4), [3, [201, 202, 203], 200, [200, 200]]);
    assert.equal((values[4] as { status: number }).status, 200);
    assert.deepEqual(values.slice(5), [null, 200]);
    assert.ok(sent.length >= 11);
  });

  test('passes an error to a callback instead of throwing it', async () => {
    const { outcomes } = await withClient(
      [
        'client.typed.post({}, (error, response) => { told = [error.name, response] }); 1',
        'told',
        'client.typed.post({}, {}, async())',
        'API.createClient("", "/things.raml", {}, (error) => { told = error.message }); 2',
        'told',
        'load("/things.raml", (error) => { told = error.name }); 3',
        'told',
        'API.authenticate(client, "oauth", {}, (error) => { told = error.name }); 4',
        'told',
        'API.createClient("other", "/things.raml", (error, said) => { told = typeof said })',
        'told',
      ],
      () => ({ headers: [['content-type', 'application/json']], body: '{' }),
    );
    const values = outcomes.map(({ value, failure }) => failure?.name ?? plainOf(value));
    assert.deepEqual(values, [
      1,
      ['TypeError', undefined],
      'TypeError',
      2,
      'API.createClient takes a name for the client first, such as "client"',
      3,
      'SyntaxError',
      4,
      'TypeError',
      undefined,
      'string',
    ]);
  });

  test('may have a nested name, and a description in RAML 1.0 or parsed JSON', async () => {
    const newer = RAML.replace('RAML 0.8', 'RAML 1.0')
      .replace('  - ext:', '  ext:')
      .replace('  - collection:', '  collection:')
      .replaceAll('{mediaTypeExtension}', '{ext}')
      .replace('        mediaTypeExtension:', '        ext:');
    const call = 'client.Accounts.AccountSid("AC1").Things.json.get()';
    const { sent } = await withClient([call], undefined, newer);
    assert.equal(sent[0]?.url, `${NOWHERE}/v2/Accounts/AC1/Things.json`);
    const parsed = {
      baseUri: NOWHERE,
      resources: [
        {
          relativeUri: '/a',
          resources: [
            {
              relativeUri: '/{b}{mediaTypeExtension}',
              uriParameters: { mediaTypeExtension: { enum: ['.json'] } },
              methods: [{ method: 'post', body: { 'text/x': {} } }],
            },
          ],
        },
      ],
    };
    const deep = await withClient(
      ['API.createClient("my.own", "/x"); my.own.a.b(1).json.post("t").status'],
      undefined,
      JSON.stringify(parsed),
    );
    assert.equal(valueIn(deep.outcomes[0]), 200);
    assert.equal(deep.sent[0]?.url, `${NOWHERE}/a/1.json`);
  });

  test('names a missing argument in a sentence', async () => {
    const cases: [string, RegExp][] = [
      ['client.Accounts.AccountSid()', /AccountSid/],
      ['client.nothing.get()', /^client has no nothing$/],
      ['API.createClient("", "/x")', /name/],
      ['API.createClient()', /name/],
      ['API.createClient("x", {baseUri: "http://a"})', /address of a RAML/],
      ['API.set({}, "query", 1)', /createClient/],
      ['API.set(client, "colour", 1)', /colour/],
      ['API.authenticate(client, "oauth")', /basic/],
      ['client.typed.post({a: 1}, {headers: {"Content-Type": "image/png"}})', /image\/png/],
      ['client("/x").get(null, {baseUri: "http://{host}/"})', /host/],
    ];
    const { outcomes } = await withClient(cases.map(([code]) => code));
    for (const [at, [code, expected]] of cases.entries()) {
      assert.match(outcomes[at]?.failure?.message ?? '', expected, code);
    }
  });
});
