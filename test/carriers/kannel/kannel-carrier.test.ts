import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportKey } from '../../../src/carriers/kannel/kannel-settings.ts';
import { lineUpOf } from '../../../src/carriers/line-up.ts';
import { aNumber, messagesOf, OURS, read, send, THEIRS } from '../../support/messages.ts';
import { loginOf, onEveryEngine, testApp } from '../../support/test-app.ts';
import type { Answer } from '../../support/webhook-receiver.ts';
import { kannelFarSide, SECRET, useCarriers } from '../carrier-kinds.ts';

const TAKEN = { status: 202, body: '0: Accepted for delivery' };

onEveryEngine('a carrier of the kind kannel', (engine) => {
  test('is called by a query, by headers, or by a form', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    for (const method of ['get', 'headers', 'form']) {
      await using far = await kannelFarSide(app, () => TAKEN, `, method: ${method}, smsc: mno`);
      const { sid } = await send(app, account, { Body: 'Grüße & 1 € 100%' });
      await app.deliver();
      const [request] = far.received;
      const { url = '', headers = {}, body = '' } = request ?? {};
      const form = method === 'form' ? new URLSearchParams(body) : new URL(url).searchParams;
      const field = (name: string) =>
        method === 'headers' ? headers[`x-kannel-${name}`] : form.get(name);
      const key = reportKey({ secret: SECRET }, sid);
      const reports = `${app.app.home.origin}/_carrier/far/dlr/${sid}?key=${key}&type=%d&told=%A`;
      assert.deepEqual(
        ['username', 'from', 'to', 'coding', 'validity', 'smsc', 'dlr-mask', 'dlr-url'].map(field),
        ['t', OURS, THEIRS, '0', '600', 'mno', '31', reports],
      );
      assert.equal(method === 'headers' ? body : form.get('text'), 'Grüße & 1 € 100%');
      assert.equal(request?.method, method === 'get' ? 'GET' : 'POST');
      assert.equal(url.includes('secret'), method === 'get', 'only a query has the password');
    }
  });

  test('has its answers told apart: taken, throttled, refused for good, a stranger, and unknown', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const answers: readonly (Answer & { readonly ends: readonly unknown[] })[] = [
      { ...TAKEN, ends: ['sent', null] },
      { status: 202, body: '3: Queued for later delivery', ends: ['sent', null] },
      { status: 503, body: 'Temporal failure, try again later.', ends: ['sending', null] },
      { status: 403, body: 'Not routable. Do not try again.', ends: ['failed', 21612] },
      { status: 403, body: 'Authorization failed for sendsms', ends: ['sending', null] },
      { status: 400, body: 'Empty receiver number', ends: ['failed', 30008] },
      { status: 500, body: 'Sending failed.', ends: ['sending', null] },
    ];
    await using far = await kannelFarSide(app, (fields) => {
      const { ends: _ends, ...answer } = answers[Number(fields.get('text'))] ?? assert.fail();
      return answer;
    });
    for (const [index, { ends, body }] of answers.entries()) {
      const { sid } = await send(app, account, { Body: String(index) });
      await app.deliver();
      const { status, error_code } = await read(app, account, sid);
      assert.deepEqual([status, error_code], ends, String(body));
    }
    app.advance(60_000);
    await app.deliver();
    const times = new Map<string | null, number>();
    for (const { url } of far.received) {
      const text = new URL(url).searchParams.get('text');
      times.set(text, (times.get(text) ?? 0) + 1);
    }
    assert.deepEqual([...times.values()], [1, 1, 2, 1, 2, 1, 1]);
  });

  test('is believed only with the key of its address', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using _far = await kannelFarSide(app, () => TAKEN);
    const [one, other] = [await send(app, account), await send(app, account)];
    await app.deliver();
    const report = (sid: string, query: string) =>
      app.request('GET', `/_carrier/far/dlr/${sid}?${query}`);
    const key = reportKey({ secret: SECRET }, one.sid);
    for (const wrong of ['type=1', 'type=1&key=', `type=1&key=${SECRET}`]) {
      assert.equal((await report(one.sid, wrong)).status, 401, wrong);
    }
    assert.equal((await report(other.sid, `type=1&key=${key}`)).status, 401, 'of another message');
    const strange = await report(one.sid, `type=3&key=${key}`);
    assert.equal(strange.status, 400);
    assert.match(strange.text, /type must be one of 1, 2, 4, 8, 16\./);
    assert.equal((await read(app, account, one.sid)).status, 'sent');
    for (const type of ['8', '1', '1', '2']) {
      assert.equal((await report(one.sid, `type=${type}&key=${key}`)).status, 200);
    }
    assert.equal((await read(app, account, one.sid)).status, 'delivered');
    assert.equal((await app.request('GET', '/_carrier/far/other')).status, 404);
  });

  test('brings messages in, each once, by a get-url or a post-url', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using _far = await kannelFarSide(app, () => TAKEN);
    const ends = `from=${encodeURIComponent(THEIRS)}&to=${encodeURIComponent(OURS)}`;
    const bring = (query: string) => {
      app.advance(1_000);
      return app.request('GET', `/_carrier/far/in?key=${SECRET}&${ends}&${query}`);
    };
    for (let time = 0; time < 2; time += 1) {
      assert.equal((await bring('id=1&charset=UTF-8&text=Gr%C3%BC%C3%9Fe+%26')).status, 200);
    }
    assert.equal((await bring('id=2&charset=UTF-16BE&text=%04%16%00A')).status, 200);
    assert.equal((await bring('id=3&charset=8-BIT&text=%E4%')).status, 200);
    app.advance(1_000);
    const posted = await fetch(`${await app.listen()}/_carrier/far/in?key=${SECRET}&${ends}&id=4`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset="UTF-16BE"' },
      body: Buffer.from('Жест', 'utf16le').swap16(),
    });
    assert.equal(posted.status, 200);
    assert.equal((await bring('id=5')).status, 200);
    const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
    const came = (json.messages as { body: string }[]).map(({ body }) => body).toReversed();
    assert.deepEqual(came, ['Grüße &', 'ЖA', 'ä%', 'Жест', '']);
    const unheld = app.request(
      'GET',
      `/_carrier/far/in?key=${SECRET}&id=6&from=1&to=%2B14155550177`,
    );
    assert.equal((await unheld).status, 200, 'Kannel need not repeat it');
    for (const [query, sentence] of [
      [`key=${SECRET}&${ends}`, /id must be given in the address, with at most 200 characters\./],
      [`key=${SECRET}&id=6&to=1`, /from must be given in the address/],
      [`key=${SECRET}&id=${'7'.repeat(201)}&${ends}`, /id must be given/],
      [`key=other&id=6&${ends}`, /key must be the secret of the carrier/],
    ] as const) {
      assert.match((await app.request('GET', `/_carrier/far/in?${query}`)).text, sentence);
    }
  });

  test('says whether it knows its user, and refuses settings with their places', async () => {
    await using app = await testApp({ engine });
    let answer = { status: 400, body: 'Empty receiver number not allowed, rejected' };
    await using far = await kannelFarSide(app, () => answer);
    const probe = () => lineUpOf(app.app).wires.get('far')?.probe();
    assert.equal((await probe())?.is_up, true);
    assert.equal(new URL(far.received[0]?.url ?? '').searchParams.has('to'), false);
    answer = { status: 403, body: 'Authorization failed for sendsms' };
    assert.deepEqual(await probe(), {
      is_up: false,
      detail: 'it answered 403 to a request without a recipient',
    });
    const wrong =
      'carriers: { k: { kind: kannel, url: "ftp://a", username: "", password: x, secret: env:S, method: put } }';
    assert.throws(
      () => useCarriers(app, wrong, { S: 'short' }),
      /k\.url must be an http or https URL.*\n.*k\.username must be a text of 1 to 100.*\n.*k\.password must be env:NAME.*\n.*k\.secret must have at least 16 characters.*\n.*k\.method must be one of get, headers, form/,
    );
  });
});
