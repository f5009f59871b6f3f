import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import type { Challenge, Credentials } from '../../src/notebooks/run/host.ts';
import { plainOf, runCells } from './notebook-session.ts';

const SECRET = 'a-very-secret-token/+ü';
const OWN: Credentials = { username: 'AC1', password: SECRET };

interface Receiver extends AsyncDisposable {
  readonly origin: string;
  readonly seen: { method: string; url: string; authorization: string | undefined; body: string }[];
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on this machine that keeps its requests. */
async function aReceiver(answer: Answer): Promise<Receiver> {
  const seen: Receiver['seen'] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, authorization: headers.authorization, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** An API that challenges, and that repeats the caller's credentials in its answer. */
const challenging: Answer = ({ headers, url }, response) => {
  if (headers.authorization !== basic(OWN)) {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="Things"' }).end('no');
    return;
  }
  response.setHeader('x-token', SECRET);
  response.end(JSON.stringify({ url, told: SECRET, header: headers.authorization }));
};

const raml = (origin: string) =>
  `#%RAML 0.8\ntitle: T\nbaseUri: ${origin}\n/things:\n  get:\n  post:\n`;
const CREATE = 'API.createClient("client", "/api.raml")';

/** Runs cells against a receiver, with credentials for a cell that asks for them. */
function runAgainst(
  { origin }: Receiver,
  cells: readonly string[],
  credentials: (challenge: Challenge) => Credentials | null = () => OWN,
  allowed_origins: readonly string[] = [],
) {
  const host = {
    document: async (url: string) =>
      url.endsWith('/api.raml') ? { text: raml(origin), notice: null } : null,
    credentials: async (challenge: Challenge) => credentials(challenge),
  };
  return runCells([CREATE, ...cells], host, { base_url: origin, allowed_origins });
}

suite('a request of a notebook', () => {
  test('carries credentials from the first challenge on, and the guest never sees them', async () => {
    await using api = await aReceiver(challenging);
    const asked: Challenge[] = [];
    const outcomes = await runAgainst(
      api,
      [
        'r = client.things.get(); JSON.stringify([r.status, r.body, r.headers, r.raw, r.request])',
        'client.things.get().status',
      ],
      (challenge) => {
        asked.push(challenge);
        return OWN;
      },
    );
    assert.deepEqual(
      api.seen.map(({ authorization }) => authorization),
      [undefined, basic(OWN), basic(OWN)],
    );
    assert.deepEqual(asked, [{ origin: api.origin, realm: 'Things', username: null, refused: 0 }]);
    const everything = JSON.stringify(outcomes);
    for (const secret of [SECRET, basic(OWN).slice(6), encodeURIComponent(SECRET)]) {
      assert.equal(everything.includes(secret), false, `${secret} was seen`);
    }
    assert.match(everything, /\*{8}/);
    assert.deepEqual(
      outcomes.at(-2)?.requests.map(({ username, response }) => [username, response?.status]),
      [
        [null, 401],
        ['AC1', 200],
      ],
    );
  });

  test('carries none when none are given, and is refused when they are wrong', async () => {
    await using api = await aReceiver(challenging);
    const [, none] = await runAgainst(api, ['client.things.get().status'], () => null);
    assert.equal(plainOf(none?.value ?? null), 401);
    const refusals: number[] = [];
    const [, wrong] = await runAgainst(api, ['client.things.get().status'], ({ refused }) => {
      refusals.push(refused);
      return { username: 'AC1', password: `wrong-password-${refused}` };
    });
    assert.equal(plainOf(wrong?.value ?? null), 401);
    assert.deepEqual(refusals, [0, 1, 2]);
  });

  test('may carry credentials of the notebook or of the host', async () => {
    await using api = await aReceiver(challenging);
    const asked: (string | null)[] = [];
    const outcomes = await runAgainst(
      api,
      [
        'API.authenticate(client, "basic", {username: "AC1", password: "wrong"}).password + client.things.get().status',
        'API.authenticate(client, {username: "AC1"}); client.things.get().status',
        'API.authenticate(client)',
      ],
      ({ username }) => {
        asked.push(username);
        return OWN;
      },
    );
    assert.deepEqual(
      outcomes.slice(1).map(({ value }) => plainOf(value)),
      ['********401', 200, { username: 'AC1', password: '********' }],
    );
    assert.deepEqual(asked, ['AC1', null]);
  });

  test('goes to allowed origins only, and never with the API’s credentials', async () => {
    await using other = await aReceiver(challenging);
    await using api = await aReceiver(challenging);
    const call = `client.things.get(null, {baseUri: "${other.origin}"}).status`;
    const [, refused] = await runAgainst(api, [call]);
    assert.equal(refused?.failure?.name, 'NetworkError');
    assert.equal(other.seen.length, 0);
    const [, warm, allowed] = await runAgainst(
      api,
      ['client.things.get().status', call],
      undefined,
      [other.origin],
    );
    assert.equal(plainOf(warm?.value ?? null), 200);
    assert.equal(plainOf(allowed?.value ?? null), 401);
    assert.deepEqual(
      other.seen.map(({ authorization }) => authorization),
      [undefined],
    );
  });

  test('follows redirects among allowed origins, and no others', async () => {
    await using other = await aReceiver((_request, response) => response.end('other'));
    const locations: Record<string, [number, string]> = {
      '/things?to=own': [302, '/arrived'],
      '/things?to=other': [307, `${other.origin}/x`],
      '/things?to=file': [302, 'file:///etc/passwd'],
      '/things?to=loop': [302, '/things?to=loop'],
    };
    await using api = await aReceiver(({ url = '', method }, response) => {
      const found = locations[url];
      if (!found) response.end(`${method} ${url}`);
      else response.writeHead(found[0], { location: found[1] }).end();
    });
    locations['/things?to=named'] = [302, api.origin.replace('//', '//somebody:password@')];
    const ways = ['own', 'other', 'file', 'named', 'loop'];
    const cells = ways.map((to) => `client.things.get({to: "${to}"}).body`);
    const posted = 'client.things.post({a: 1}, {query: {to: "own"}}).body';
    const [, own, foreign, file, named, loop, post] = await runAgainst(api, [...cells, posted]);
    assert.equal(plainOf(own?.value ?? null), 'GET /arrived');
    assert.equal(plainOf(post?.value ?? null), 'GET /arrived');
    for (const outcome of [foreign, file, named, loop]) {
      assert.equal(outcome?.failure?.name, 'NetworkError');
    }
    assert.match(file?.failure?.message ?? '', /"file:.*not an http or https address/);
    assert.match(named?.failure?.message ?? '', /must not hold a user name or a password/);
    assert.equal(JSON.stringify(named).includes('somebody'), false);
    assert.match(foreign?.failure?.message ?? '', /--allow-origin/);
    assert.equal(other.seen.length, 0);
  });

  test('loses its credentials when a redirect leads to another origin', async () => {
    await using other = await aReceiver((_request, response) => response.end('other'));
    await using api = await aReceiver((request, response) => {
      const isKnown = request.headers.authorization !== undefined;
      if (isKnown) response.writeHead(307, { location: `${other.origin}/x` }).end();
      else challenging(request, response);
    });
    const calls = [
      'client.things.get().body',
      'client.things.get(null, {headers: {Authorization: "Bearer of-the-notebook"}}).body',
    ];
    const outcomes = await runAgainst(api, calls, undefined, [other.origin]);
    assert.deepEqual(
      outcomes.slice(1).map(({ value }) => plainOf(value)),
      ['other', 'other'],
    );
    assert.equal(api.seen.at(-1)?.authorization, 'Bearer of-the-notebook');
    assert.deepEqual(
      other.seen.map(({ authorization }) => authorization),
      [undefined, undefined],
    );
  });

  test('carries the host’s credentials only to the API', async () => {
    await using other = await aReceiver(challenging);
    await using api = await aReceiver(challenging);
    const elsewhere = `client.things.get(null, {baseUri: "${other.origin}"}).status`;
    const [, , there, own] = await runAgainst(
      api,
      [
        'API.authenticate(client)',
        elsewhere,
        `API.authenticate(client, {username: "AC1", password: "the-notebooks-own"}); ${elsewhere}`,
      ],
      undefined,
      [other.origin],
    );
    assert.deepEqual([plainOf(there?.value ?? null), plainOf(own?.value ?? null)], [401, 401]);
    assert.deepEqual(
      other.seen.map(({ authorization }) => authorization),
      [undefined, basic({ username: 'AC1', password: 'the-notebooks-own' })],
    );
  });

  test('fails when its response is too large or cut off', async () => {
    await using api = await aReceiver(({ url = '' }, response) => {
      if (url.includes('huge')) {
        const chunk = 'x'.repeat(1_000_000);
        const write = (left: number) => {
          if (left === 0) response.end();
          else response.write(chunk, () => write(left - 1));
        };
        write(12);
      } else if (url.includes('cut')) {
        response.writeHead(200, { 'content-length': '100' });
        response.write('x', () => response.destroy());
      } else if (url.includes('big')) response.end('y'.repeat(9_000_000));
    });
    const cells = ['huge', 'cut', 'big'].map((q) => `client.things.get({${q}: 1}).body.length`);
    const [, huge, cut, big] = await runAgainst(api, cells);
    assert.match(huge?.failure?.message ?? '', /more than 10485760 bytes/);
    assert.equal(cut?.failure?.name, 'NetworkError');
    assert.equal(plainOf(big?.value ?? null), 9_000_000);
  });

  test('fails with advice when the server is unreachable', async () => {
    const gone = await aReceiver(() => {});
    await gone[Symbol.asyncDispose]();
    const [, outcome] = await runAgainst(gone, ['client.things.get()']);
    assert.match(outcome?.failure?.message ?? '', /Nothing listens at .*--base-url/);
    assert.equal(outcome?.requests[0]?.error, outcome?.failure?.message);
  });

  test('ends with the time of its cell', async () => {
    await using api = await aReceiver(() => {});
    const [, outcome] = await runAgainst(api, ['timeout(200); client.things.get()']);
    assert.ok(['NetworkError', 'LimitError'].includes(outcome?.failure?.name ?? ''));
    assert.match(outcome?.failure?.message ?? '', /within \d+/);
  });
});
