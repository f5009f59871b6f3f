import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { suite, test } from 'node:test';
import { type Conformance, checkServer } from '../../src/conformance/check-server.ts';
import type { Remote, Send } from '../../src/conformance/remote.ts';
import { NetworkError } from '../../src/notebooks/run/host.ts';
import { sendByFetch } from '../../src/notebooks/run/node-host.ts';
import { ROUTES } from '../../src/routes.ts';
import { stubReceiver } from '../support/stub-receiver.ts';
import { aTenant } from '../support/tenant.ts';
import { onEveryEngine, type TestAccount, type TestApp, testApp } from '../support/test-app.ts';

type Json = Record<string, unknown>;
type Answer = Awaited<ReturnType<Send>>;

async function remoteOf(app: TestApp, { sid, auth_token }: TestAccount): Promise<Remote> {
  const origin = await app.listen();
  return { api: origin, voice: origin, account_sid: sid, username: sid, password: auth_token };
}

/** Runs the check against an account with one thing of every kind. `change` alters the answers. */
async function comparedBy(
  change: (url: URL, answer: Answer, remote: Remote) => Answer,
): Promise<{ found: Conformance; problems: string; remote: Remote; asked: URL[] }> {
  await using app = await testApp({ engine: 'memory' });
  const remote = await remoteOf(app, (await aTenant(app)).account);
  const asked: URL[] = [];
  const found = await checkServer(ROUTES.endpoints, remote, async (request) => {
    const url = new URL(request.url);
    asked.push(url);
    return change(url, await sendByFetch(request), remote);
  });
  const problems = found.differences.map(({ request, problem }) => `${request} ${problem}`);
  return { found, problems: problems.join('\n'), remote, asked };
}

function withJson(answer: Answer, change: (body: Json) => unknown): Answer {
  return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body) as Json)) };
}

const MESSAGES = /\/Messages\.json$/;
const MESSAGE = /\/Messages\/(SM|MM)\w{32}\.json$/;

onEveryEngine('the conformance check of an empty account', (engine) => {
  test('finds no difference in Tieline', async () => {
    await using app = await testApp({ engine });
    const remote = await remoteOf(app, await app.anAccount());
    const { differences, unchecked } = await checkServer(ROUTES.endpoints, remote, sendByFetch);
    assert.deepEqual(differences, []);
    const [first] = unchecked;
    assert.deepEqual(new Set(unchecked.map(({ reason }) => reason)), new Set([first?.reason]));
    assert.equal(first?.reason, 'the account has none');
  });
});

suite('the conformance check with limited credentials', () => {
  const withheld = async (remote: Remote) => {
    const { differences, unchecked } = await checkServer(ROUTES.endpoints, remote, sendByFetch);
    assert.deepEqual(differences, []);
    return new Set(
      unchecked
        .filter(({ reason }) => reason === 'these credentials may not read it')
        .map(({ operation }) => operation),
    );
  };

  test('compares everything except the account and its keys with a Standard key', async () => {
    await using app = await testApp({ engine: 'memory' });
    const { account, standardKey, mainKey } = await aTenant(app);
    const remote = await remoteOf(app, account);
    const keys = ['ListKey', 'FetchKey', 'ListSigningKey', 'FetchSigningKey'];
    const own = ['ListAccount', 'FetchAccount', ...keys];
    assert.deepEqual(await withheld({ ...remote, ...standardKey }), new Set(own));
    assert.deepEqual(await withheld({ ...remote, ...mainKey }), new Set());
  });

  test('compares a subaccount, which has no balance', async () => {
    await using app = await testApp({ engine: 'memory' });
    const below = await app.aSubaccount(await app.anAccount());
    assert.deepEqual(await withheld(await remoteOf(app, below)), new Set(['FetchBalance']));
  });

  test('compares as a Connect app', async () => {
    await using app = await testApp({ engine: 'memory' });
    const { account, guest } = await aTenant(app);
    const remote = { ...(await remoteOf(app, account)), ...guest, account_sid: guest.username };
    const left = await withheld(remote);
    assert.ok(left.has('ListConnectApp') && left.has('ListKey') && !left.has('ListMessage'));
  });

  test('reports a refusal of the account’s own token as a difference', async () => {
    const { problems } = await comparedBy((url, answer) =>
      url.pathname.endsWith('/Calls.json')
        ? { ...answer, status: 403, body: '{"code":20403,"message":"no","status":403}' }
        : answer,
    );
    assert.match(problems, /\/Calls\.json must be answered with 200, and is answered with 403/);
  });
});

suite('the conformance check of an odd server', () => {
  test('does not report changes during the check', async () => {
    let lists = 0;
    const { problems } = await comparedBy((url, answer) => {
      if (!MESSAGES.test(url.pathname) || url.search !== '' || ++lists > 1) return answer;
      return withJson(answer, (body) => ({
        ...body,
        messages: (body['messages'] as Json[]).map((row) => ({ ...row, status: 'queued' })),
      }));
    });
    assert.equal(problems, '');
    assert.equal(lists, 2, 'the list was read again');
  });

  test('reports a missing answer, and goes on', async () => {
    const { found, problems } = await comparedBy((url, answer) => {
      if (MESSAGE.test(url.pathname)) throw new NetworkError('It hung up.');
      return answer;
    });
    assert.match(
      problems,
      /^GET \S+\/Messages\/\w+\.json must have an answer, and has none: It hung up\.$/m,
    );
    assert.ok(found.checked.includes('FetchTranscription'), 'what comes after it is compared');
  });

  test('ends when the server stops answering', async () => {
    let count = 0;
    const { found, asked } = await comparedBy((_, answer) => {
      if (++count > 1) throw new NetworkError('It hung up.');
      return answer;
    });
    assert.equal(asked.length, 4);
    assert.equal(found.differences.length, 3);
    const reasons = new Set(found.unchecked.map(({ reason }) => reason));
    assert.ok(reasons.has('the server had stopped answering'), [...reasons].join());
    const named = found.checked.length + found.unchecked.length;
    assert.equal(named, ROUTES.endpoints.filter(({ method }) => method === 'GET').length);
  });

  test('does not call a resource missing if its list is unreadable', async () => {
    const { found } = await comparedBy((url, answer) =>
      url.pathname.endsWith('/Keys.json') ? { ...answer, status: 500, body: 'oops' } : answer,
    );
    const key = found.unchecked.find(({ operation }) => operation === 'FetchKey');
    assert.equal(key?.reason, 'the list of its SIDs differs from its description');
  });

  test('repeats no secrets of the server or ours in a report', async () => {
    const { problems, remote } = await comparedBy((url, answer, { password, username }) => {
      const basic = Buffer.from(`${username}:${password}`).toString('base64');
      if (answer.status === 404)
        return { ...answer, status: 403, body: `no ${basic}, ${password}` };
      return /\/Accounts\/AC\w+\.json$/.test(url.pathname) && answer.status === 200
        ? withJson(answer, (body) => ({
            ...body,
            new_secret: 'hidden-1',
            seen: [{ token: 'hidden-2' }],
          }))
        : answer;
    });
    assert.match(problems, /seen is not described, and is \[{"token":"…"}\]/);
    assert.match(problems, /new_secret is not described, and is "…"/);
    assert.match(problems, /is answered with 403: "no …, …"/);
    assert.ok(!problems.includes(remote.password) && !problems.includes('hidden'), problems);
  });

  test('finds circular pages, even on the third page', async () => {
    const { problems } = await comparedBy((url, answer) => {
      if (!url.pathname.endsWith('/Calls.json') || !url.search.includes('PageSize=1'))
        return answer;
      const to = url.searchParams.get('Circle') === '2' ? '1' : '2';
      return withJson(answer, (body) => ({
        ...body,
        calls: [{ ...(body['calls'] as Json[])[0], sid: `CA${to.repeat(32)}` }],
        next_page_uri: `${url.pathname}?PageSize=1&Circle=${to}`,
      }));
    });
    assert.match(problems, /Circle=1 is the next page, but it has the same row as the first page/);
  });

  test('sends our credentials to no other server', async () => {
    const { asked, remote } = await comparedBy((url, answer) => {
      if (!MESSAGES.test(url.pathname) || !url.search.includes('PageSize=1')) return answer;
      const next_page_uri = 'http://any.example//elsewhere.example/2010-04-01/x.json';
      return withJson(answer, (body) => ({ ...body, next_page_uri }));
    });
    assert.deepEqual([...new Set(asked.map(({ origin }) => origin))], [remote.api]);
    const elsewhere = createServer((_, answer) => {
      answer.writeHead(302, { location: 'http://elsewhere.example/' }).end();
    });
    await using here = await stubReceiver(elsewhere);
    await assert.rejects(
      checkServer(
        ROUTES.endpoints,
        { ...remote, api: `http://127.0.0.1:${here.port}` },
        sendByFetch,
      ),
      /redirects to http:\/\/elsewhere\.example\. The check sends requests only to the server of --against/,
    );
  });

  test('reports one problem for a text, and a body that is not JSON', async () => {
    const { problems } = await comparedBy((url, answer) => {
      if (answer.status !== 200) return answer;
      if (MESSAGE.test(url.pathname)) return { ...answer, body: '<p>Hello</p>' };
      return /\/IncomingPhoneNumbers\/PN\w+\.json$/.test(url.pathname)
        ? withJson(answer, (body) => ({ ...body, sms_application_sid: '', sid: 7 }))
        : answer;
    });
    assert.equal(
      problems.match(/sms_application_sid must be written as \S+, and is ""/g)?.length,
      1,
    );
    assert.match(problems, /\/Messages\/\w+\.json must be JSON, and is "<p>Hello<\/p>"/);
    assert.doesNotMatch(problems, /Too small|the answer is missing/);
  });
});
