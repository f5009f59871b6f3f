import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import {
  aNumber,
  assertCode,
  detailsOf,
  messagesOf,
  OURS,
  pass,
  post,
  read,
  receive,
  send,
  sendThrough,
  THEIRS,
  usageOf,
} from '../support/messages.ts';
import { httpReceiver, type StubReceiver } from '../support/stub-receiver.ts';
import {
  basic,
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), deflateSync('a picture')]);

/** A server of files, good and bad ones. */
const files = () =>
  httpReceiver((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://files');
    const type = searchParams.get('type');
    if (pathname === '/hang') return;
    if (pathname === '/loop') return response.writeHead(302, { location: '/loop' }).end();
    if (pathname === '/moved') return response.writeHead(302, { location: '/a.png' }).end();
    if (pathname === '/gone') return response.writeHead(404).end();
    if (pathname === '/cut') {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': '1000' });
      return response.write('begins', () => response.destroy());
    }
    if (pathname === '/endless') {
      response.writeHead(200, { 'content-type': 'image/png' });
      const more = () => {
        while (response.writable && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      return more();
    }
    return response.writeHead(200, { 'content-type': type ?? 'image/png' }).end(PNG);
  });

onEveryEngine('the media of messages', (engine) => {
  let server: StubReceiver;
  let origin: string;
  before(async () => {
    server = await files();
    origin = `http://127.0.0.1:${server.port}`;
  });
  after(() => server[Symbol.asyncDispose]());

  const mediaOf = async (app: TestApp, account: TestAccount, sid: string) => {
    const path = `${messagesOf(account)}/${sid}/Media`;
    const { json, text } = await app.get(`${path}.json`, loginOf(account));
    assert.ok(json.media_list, text);
    return { path, list: json.media_list };
  };

  test('are fetched before it is sent, listed, downloaded and deleted', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    await aNumber(app, account);
    const MediaUrl = [`${origin}/a.png`, `${origin}/moved`, `${origin}/x?type=text/plain`];
    const sent = await send(app, account, { MediaUrl });
    assert.match(sent.sid, /^MM/);
    assert.deepEqual([sent.num_media, sent.num_segments], ['3', '1']);
    assert.equal((await usageOf(app, account, 'mms-outbound-longcode')).price, '0.02');
    assert.deepEqual((await mediaOf(app, account, sent.sid)).list, []);
    await pass(app);
    const arrived = await read(app, account, sent.sid);
    assert.deepEqual([arrived.status, arrived.price], ['delivered', '-0.02']);
    const { path, list } = await mediaOf(app, account, sent.sid);
    assert.deepEqual(
      list.map((one: { content_type: string }) => one.content_type),
      ['text/plain', 'image/png', 'image/png'],
    );
    const [page, picture] = list;
    assert.equal(picture.parent_sid, sent.sid);
    assert.deepEqual((await app.get(`${path}/${picture.sid}.json`, login)).json, picture);
    assert.match((await app.get(`${path}/${picture.sid}.xml`, login)).text, /<ContentType>image/);
    assert.equal((await app.get(`${path}/${picture.sid}.wav`, login)).status, 404);

    const address = `${await app.listen()}${path}`;
    const headers = { authorization: basic(login) };
    const shown = await fetch(`${address}/${picture.sid}`, { headers });
    assert.deepEqual(Buffer.from(await shown.arrayBuffer()), PNG);
    assert.equal(shown.headers.get('content-type'), 'image/png');
    assert.equal(shown.headers.get('x-content-type-options'), 'nosniff');
    assert.match(shown.headers.get('content-disposition') ?? '', /^inline/);
    const saved = await fetch(`${address}/${page.sid}`, { headers });
    assert.match(saved.headers.get('content-disposition') ?? '', /^attachment/);
    assert.match(saved.headers.get('content-security-policy') ?? '', /sandbox/);
    assert.equal((await fetch(`${address}/${page.sid}`)).status, 401);

    const old = await app.get(`${path}.json?DateCreated%3C=2026-03-17`, login);
    assert.deepEqual(old.json.media_list, []);
    const today = await app.get(`${path}.json?DateCreated=2026-03-18`, login);
    assert.equal(today.json.media_list.length, 3);
    const removed = await app.request('DELETE', `${path}/${page.sid}.json`, { login });
    assert.equal(removed.status, 204);
    assertCode(await app.get(`${path}/${page.sid}.json`, login), 404, 20404);
    assert.equal((await mediaOf(app, account, sent.sid)).list.length, 2);
    const deleted = await app.request('DELETE', `${messagesOf(account)}/${sent.sid}.json`, {
      login,
    });
    assert.equal(deleted.status, 204);
    assertCode(await app.get(`${path}/${picture.sid}.json`, login), 404, 20404);
  });

  test('that cannot be fetched make the message fail with the reason', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const failureOf = async (file: string) => {
      const MediaUrl = [`${origin}/a.png`, `${origin}/${file}`];
      const failed = await sendThrough(app, account, { MediaUrl });
      assert.equal(failed.status, 'failed');
      const { list } = await mediaOf(app, account, failed.sid);
      assert.equal(list.length, 1, 'what arrived stays, and nothing else');
      return failed.error_code;
    };
    assert.equal(await failureOf('gone'), 63_019);
    assert.equal(await failureOf('loop'), 63_019);
    assert.equal(await failureOf('cut'), 63_019);
    assert.equal(await failureOf('hang#rt=100'), 63_019);
    assert.equal(await failureOf('endless'), 30_019);
    assert.equal(await failureOf('x?type=text/html'), 12_300);
    assert.equal(await failureOf('x?type=application/x-sh'), 12_300);
    assert.equal((await post(app, account, { MediaUrl: 'http://10.0.0.1/a.png' })).status, 201);
    await pass(app);
    const [newest] = (await app.get(`${messagesOf(account)}.json`, loginOf(account))).json.messages;
    assert.equal(newest.error_code, 63_019);
    const [request] = await detailsOf(app, newest, 'request');
    assert.match(request.error, /10\.0\.0\.1/);
  });

  test('arrive with a message from outside, and at the other number here', async () => {
    await using app = await testApp({ engine });
    const [account, other] = [await app.anAccount(), await app.anAccount()];
    await aNumber(app, account);
    await aNumber(app, other, THEIRS);
    const media_urls = [`${origin}/a.png`, `${origin}/gone`];
    const coming = await receive(app, { from: '+14155550177', media_urls });
    assert.deepEqual([coming.status, coming.num_media], ['receiving', '2']);
    assert.equal((await usageOf(app, account, 'mms-inbound-longcode')).count, '1');
    await pass(app);
    const come = await read(app, account, coming.sid);
    assert.deepEqual([come.status, come.num_media], ['received', '1']);
    assert.deepEqual((await detailsOf(app, come, 'note'))[0].code, 63_019);

    await sendThrough(app, account, { MediaUrl: `${origin}/a.png`, Body: '' });
    const { json } = await app.get(`${messagesOf(other)}.json`, loginOf(other));
    const [arrived] = json.messages;
    assert.deepEqual([arrived.from, arrived.num_media, arrived.status], [OURS, '1', 'received']);
    const { list } = await mediaOf(app, other, arrived.sid);
    assert.equal(list[0].content_type, 'image/png');
  });
});
