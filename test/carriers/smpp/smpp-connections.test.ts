import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineUpOf } from '../../../src/carriers/line-up.ts';
import { aNumber, read, send } from '../../support/messages.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../../support/self-signed.ts';
import { onEveryEngine, testApp } from '../../support/test-app.ts';
import { smppFarSide, useCarriers } from '../carrier-kinds.ts';
import { openCentre, receiptOf } from './centre.ts';

const HOST = 'hooks.example.com';

onEveryEngine('the connections of a carrier over SMPP', (engine) => {
  test('are one in each direction when the file says so', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await smppFarSide(app, () => ({}), ', bind: separate');
    assert.deepEqual(far.binds().toSorted(), ['bind_receiver', 'bind_transmitter']);
    const { sid } = await send(app, account);
    await app.deliver();
    assert.equal(far.submits.length, 1);
    assert.equal(await far.deliver(receiptOf(0, 'DELIVRD')), 0);
    assert.equal((await read(app, account, sid)).status, 'delivered');
  });

  test('are encrypted, and only a centre with the right certificate is told the password', async () => {
    await using app = await testApp({ engine, resolve: async () => ['127.0.0.1'] });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using centre = await openCentre(() => ({}), { cert: CERTIFICATE, key: PRIVATE_KEY });
    const connect = async (host: string, authority: string) => {
      const field = `kind: smpp, host: ${host}, port: ${centre.port}, tls: true, system_id: t`;
      useCarriers(
        app,
        `
carriers: { far: { ${field}, password: env:PW${authority} } }
routes: { messages: [{ by: far }] }
`,
        { PW: 'secret', CA: CERTIFICATE },
      );
      const wire = lineUpOf(app.app).wires.get('far');
      return { probe: await wire?.probe(), stop: async () => wire?.stop() };
    };
    for (const [host, authority, problem] of [
      [HOST, '', /self-signed certificate/],
      ['other.example.com', ', tls_ca: env:CA', /does not match certificate/],
    ] as const) {
      const { probe, stop } = await connect(host, authority);
      assert.equal(probe?.is_up, false);
      assert.match(probe?.detail ?? '', problem);
      await stop();
    }
    assert.deepEqual(centre.binds(), []);
    const { probe, stop } = await connect(HOST, ', tls_ca: env:CA');
    assert.deepEqual(probe, { is_up: true, detail: 'The link is bound' });
    const { sid } = await send(app, account);
    await app.deliver();
    assert.equal(await centre.deliver(receiptOf(0, 'DELIVRD')), 0);
    assert.equal((await read(app, account, sid)).status, 'delivered');
    await stop();
  });
});
