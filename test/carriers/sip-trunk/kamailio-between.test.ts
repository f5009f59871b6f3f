import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../calls/live/until.ts';
import { aCall } from '../../support/calls.ts';
import { onEveryEngine, testApp } from '../../support/test-app.ts';
import { carrier, HERE, SCENARIOS, skip } from '../sip/sipp.ts';
import { aSipCarrier, aTrunkCaller } from './a-trunk.ts';
import { Kamailio, skipKamailio } from './kamailio.ts';

onEveryEngine('with Kamailio between', (engine) => {
  test('a call and its BYE take the way of Record-Route', {
    skip: skip || skipKamailio,
  }, async (t) => {
    await using kamailio = await Kamailio.start();
    const proxy = `, proxy: "sip:${HERE}:${kamailio.port};lr", try_ms: 32000`;
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app, { more: proxy });
    const phone = await carrier(t, ['-sf', join(SCENARIOS, 'sipp-uas-routed.xml')], 1);
    const { caller, byoc } = await aTrunkCaller(app, [{ target: `sip:${HERE}:${phone.port}` }]);
    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml: '<Response/>' });
    await app.deliver();
    await until(app, caller, sid, 'completed');
    assert.equal(await phone.ended, 0);
    // The INVITE and the BYE are transactions of the proxy; an ACK is none.
    assert.match(await kamailio.ask('tm.stats'), /total: 2\n/);
  });
});
