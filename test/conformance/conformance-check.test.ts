import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Conformance, checkServer } from '../../src/conformance/check-server.ts';
import { RefusedError } from '../../src/conformance/reach.ts';
import type { Remote, Send } from '../../src/conformance/remote.ts';
import { sendByFetch } from '../../src/notebooks/run/node-host.ts';
import { ROUTES } from '../../src/routes.ts';
import { digestOfData } from '../support/digest.ts';
import { aTenant } from '../support/tenant.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

type Json = Record<string, unknown>;

/** An account with one thing of every kind, as a remote server with its owner's credentials. */
async function remoteOf(app: TestApp): Promise<Remote> {
  const { account } = await aTenant(app);
  const origin = await app.listen();
  const { sid, auth_token } = account;
  return { api: origin, voice: origin, account_sid: sid, username: sid, password: auth_token };
}

onEveryEngine('the conformance of a server', (engine) => {
  test('finds no difference in Tieline, over every operation that reads', async () => {
    await using app = await testApp({ engine });
    const found = await checkServer(ROUTES.endpoints, await remoteOf(app), sendByFetch);
    assert.deepEqual(found.differences, []);
    const reads = ROUTES.endpoints.filter(({ method }) => method === 'GET').map(({ id }) => id);
    const named = [...found.checked, ...found.unchecked.map(({ operation }) => operation)];
    assert.deepEqual(named.toSorted(), reads.toSorted());
    // The account has one thing of every kind. A country has only some kinds of numbers.
    const left = found.unchecked.map(({ operation }) => operation);
    assert.ok(
      left.every((id) => id.startsWith('ListAvailablePhoneNumber')),
      left.join(', '),
    );
  });

  test('changes nothing: it sends only GET, and the data stays the same', async () => {
    await using app = await testApp({ engine });
    const remote = await remoteOf(app);
    const methods = new Set<string>();
    const watching: Send = async (request) => {
      methods.add(request.method);
      return sendByFetch(request);
    };
    const counts = async (): Promise<string[]> =>
      (await app.get('/metrics')).text.match(/^tieline_http_requests_total.*$/gm) ?? [];
    const counted = await counts();
    const before = await digestOfData(app.app);
    await checkServer(ROUTES.endpoints, remote, watching);
    assert.deepEqual([...methods], ['GET']);
    assert.equal(await digestOfData(app.app), before);
    const served = (await counts()).filter((count) => !counted.includes(count));
    const reads = ROUTES.endpoints.filter(({ method }) => method === 'GET');
    const names = new Set<string>(reads.map(({ id }) => id));
    const others = served
      .map((count) => /operation="(\w+)"/.exec(count)?.[1] ?? '')
      .filter((id) => !names.has(id));
    assert.deepEqual(others.toSorted(), ['metrics', 'none']);
  });
});

/** Runs the check against Tieline, and changes an answer on its way. */
async function against(
  remote: Remote,
  spoil: (path: string, body: Json) => unknown,
  more: Partial<{ status: number; header: [string, string] }> = {},
  path: RegExp = /\/Messages\/(SM|MM)\w{32}\.json$/,
): Promise<Conformance> {
  const spoiling: Send = async (request) => {
    const answer = await sendByFetch(request);
    const { pathname } = new URL(request.url);
    if (!path.test(pathname) || answer.status !== 200) return answer;
    const body = JSON.stringify(spoil(pathname, JSON.parse(answer.body) as Json));
    const headers = answer.headers.filter(([name]) => name !== more.header?.[0]);
    if (more.header && more.header[1] !== '') headers.push(more.header);
    return { status: more.status ?? answer.status, headers, body };
  };
  return checkServer(ROUTES.endpoints, remote, spoiling);
}

suite('a server that differs', () => {
  const MESSAGES = /\/Messages\.json$/;
  const rows = (change: (row: Json) => Json) => (_: string, body: Json) => ({
    ...body,
    messages: (body['messages'] as Json[]).map(change),
  });
  const same = (_: string, body: Json) => body;
  const without = (name: string) => (_: string, body: Json) =>
    Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));
  const withField = (name: string, value: unknown) => (_: string, body: Json) => ({
    ...body,
    [name]: value,
  });
  const faults: [
    string,
    Parameters<typeof against>[1],
    RegExp,
    Parameters<typeof against>[2]?,
    RegExp?,
  ][] = [
    ['a field less', without('body'), /^body is missing/],
    ['a field more', withField('colour', 'red'), /^colour is not described, and is "red"/],
    ['another type', withField('num_segments', 1), /^num_segments must be a string, and is 1/],
    ['another word', withField('status', 'posted'), /^status must be one of .*"posted"/],
    [
      'another date',
      withField('date_created', '2026-03-18T23:31:36Z'),
      /^date_created must be a date such as "Wed/,
    ],
    ['no thing', () => [], /^the answer must be an object/],
    ['a status', same, /must be answered with 200, and is answered with 500/, { status: 500 }],
    [
      'a type',
      same,
      /must be application\/json, and is "text\/html"/,
      { header: ['content-type', 'text/html'] },
    ],
    ['a header less', same, /Twilio-Request-Id/, { header: ['twilio-request-id', ''] }],
    [
      'a row with less',
      rows((row) => without('body')('', row)),
      /^messages\[\d+\]\.body is missing/,
      {},
      MESSAGES,
    ],
    [
      'rows unlike the thing',
      rows((row) => ({ ...row, body: 'other' })),
      /^body differs from its list/,
      {},
      MESSAGES,
    ],
    ['no list', without('messages'), /must be a list under "messages"/, {}, MESSAGES],
    ['an envelope with less', without('uri'), /^uri is missing/, {}, MESSAGES],
    ['an envelope with more', withField('total', 3), /^total is not described/, {}, MESSAGES],
    ['another page size', withField('page_size', 7), /^page_size must be/, {}, MESSAGES],
    [
      'absolute links',
      withField('next_page_uri', 'https://x.example/2010-04-01/x'),
      /must be a path/,
      {},
      MESSAGES,
    ],
  ];

  test('gets one report for each difference, and no others', async () => {
    await using app = await testApp({ engine: 'memory' });
    const remote = await remoteOf(app);
    for (const [name, spoil, expected, more, path] of faults) {
      const { differences } = await against(remote, spoil, more, path);
      assert.ok(differences.length > 0, `${name}: nothing was told`);
      const first = differences.find(({ problem }) => expected.test(problem));
      assert.ok(first, `${name}: ${differences.map(({ problem }) => problem).join(' | ')}`);
      assert.match(first.request, /^GET \/2010-04-01\/Accounts\//);
      assert.ok(differences.length <= 3, `${name}: ${differences.length} differences`);
    }
  });

  test('gets a report for wrong errors and for circular pages', async () => {
    await using app = await testApp({ engine: 'memory' });
    const remote = await remoteOf(app);
    const spoiling: Send = async (request) => {
      const answer = await sendByFetch(request);
      const { pathname, search } = new URL(request.url);
      if (answer.status === 404) return { ...answer, body: '{"code": 1, "message": "no"}' };
      if (answer.status === 401) return { ...answer, status: 403, headers: [] };
      if (!pathname.endsWith('/Keys.json') || search !== '?PageSize=1') return answer;
      const body = { ...(JSON.parse(answer.body) as Json), next_page_uri: pathname + search };
      return { ...answer, body: JSON.stringify(body) };
    };
    const { differences } = await checkServer(ROUTES.endpoints, remote, spoiling);
    const problems = differences.map(({ problem }) => problem).join('\n');
    assert.match(problems, /status is missing/);
    assert.match(problems, /code must be 20404, and is 1/);
    assert.match(problems, /must be refused with 401, and is answered with 403/);
    assert.match(problems, /but it has the same row as the first page/);
  });

  test('is not compared when it refuses the credentials', async () => {
    await using app = await testApp({ engine: 'memory' });
    const remote = { ...(await remoteOf(app)), password: 'wrong' };
    await assert.rejects(checkServer(ROUTES.endpoints, remote, sendByFetch), RefusedError);
  });
});
