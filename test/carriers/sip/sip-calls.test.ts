import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { SipAgent } from '../../../src/carriers/sip/agent.ts';
import type { CallEnd } from '../../../src/carriers/sip/call.ts';
import { hearAnswer, makeOffer } from '../../../src/carriers/sip/offer-answer.ts';
import type { Hop } from '../../../src/carriers/sip/outside.ts';
import { NO_PARAMETERS } from '../../../src/carriers/sip/parameters.ts';
import { readSipUri } from '../../../src/carriers/sip/uri.ts';
import { freePort } from '../../support/free-port.ts';
import { realOutside } from './real-outside.ts';
import { carrier, HERE, SCENARIOS, skip } from './sipp.ts';

async function agent(t: TestContext): Promise<SipAgent> {
  const listen = (['udp', 'tcp'] as const).map((transport) => ({ transport, host: HERE, port: 0 }));
  const settings = { listen, public: null, tls: null, max_calls: 1_000 };
  const opened = await SipAgent.open(settings, {
    outside: realOutside,
    locate: async (uri): Promise<Hop> => {
      const { host, port } = readSipUri(uri);
      return { transport: 'udp', address: host, port: port ?? 5060 };
    },
    invited: async () => 480,
  });
  t.after(() => opened.close());
  return opened;
}

interface Course {
  readonly statuses: number[];
  readonly end: CallEnd;
  readonly sdp: Buffer | null;
}

/** One call, which is hung up when it is answered, or when it rings. */
function call(
  from: SipAgent,
  port: number,
  when: 'answered' | 'ringing' = 'answered',
): Promise<Course> {
  const statuses: number[] = [];
  let sdp: Buffer | null = null;
  const { promise, resolve } = Promise.withResolvers<Course>();
  const made = from.call(
    {
      uri: `sip:+4930123@${HERE}:${port}`,
      from: { display: '', uri: 'sip:+4930999@pbx.example', parameters: NO_PARAMETERS },
      user: 'tieline',
      hop: { transport: 'udp', address: HERE, port },
      routes: [],
      headers: [],
      credentials: { username: 'alice', password: 'secret' },
      try_ms: 10_000,
    },
    {
      offer: () => makeOffer({ address: HERE, port: 40_000, session: 1, version: 1 }),
      answer: () => null,
    },
    {
      progress: (status) => {
        statuses.push(status);
        if (when === 'ringing') made?.hangUp();
      },
      answered: (description) => {
        sdp = description;
        made?.hangUp();
      },
      key: () => {},
      ended: (end) => resolve({ statuses, end, sdp }),
    },
  );
  assert.ok(made);
  return promise;
}

suite('a call by SIP to SIPp', { skip }, () => {
  test('is answered, acknowledged and ended', async (t) => {
    const far = await carrier(t, ['-sn', 'uas'], 20);
    const from = await agent(t);
    const courses = await Promise.all(Array.from({ length: 20 }, () => call(from, far.port)));
    assert.equal(await far.ended, 0);
    for (const { statuses, end, sdp } of courses) {
      assert.deepEqual([statuses, end.why], [[180], 'here']);
      assert.equal(hearAnswer(sdp ?? '')?.codec, 'pcmu');
    }
  });

  for (const status of [401, 407]) {
    test(`answers the challenge of a ${status}, and keeps to the recorded route`, async (t) => {
      const far = await carrier(t, ['-sf', join(SCENARIOS, `sipp-uas-${status}.xml`)], 5);
      const from = await agent(t);
      const courses = await Promise.all(Array.from({ length: 5 }, () => call(from, far.port)));
      assert.equal(await far.ended, 0);
      assert.ok(courses.every(({ end }) => end.why === 'here'));
    });
  }

  test('is refused by 503', async (t) => {
    const far = await carrier(t, ['-sf', join(SCENARIOS, 'sipp-uas-503.xml')], 5);
    const from = await agent(t);
    const courses = await Promise.all(Array.from({ length: 5 }, () => call(from, far.port)));
    assert.equal(await far.ended, 0);
    for (const { end } of courses) assert.deepEqual([end.why, end.status], ['refused', 503]);
  });

  test('is cancelled while it rings', async (t) => {
    const far = await carrier(t, ['-sf', join(SCENARIOS, 'sipp-uas-cancel.xml')], 5);
    const from = await agent(t);
    const courses = await Promise.all(
      Array.from({ length: 5 }, () => call(from, far.port, 'ringing')),
    );
    assert.equal(await far.ended, 0);
    for (const { end } of courses) assert.deepEqual([end.why, end.status], ['canceled', 487]);
  });
});

test('a call by SIP ends at once when the port of its target is closed', {
  skip: process.platform !== 'linux' && 'only Linux tells it',
}, async (t) => {
  const { end } = await call(await agent(t), await freePort());
  assert.equal(end.why, 'transport');
});
