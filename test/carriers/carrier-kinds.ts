import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { callsInto } from '../../src/calls/live/come-in.ts';
import { lineUpOf, openCarriers } from '../../src/carriers/line-up.ts';
import type { MessageCarrier } from '../../src/carriers/message-carrier.ts';
import { type Pdu, textOf } from '../../src/carriers/smpp/pdu.ts';
import { inboundOf } from '../../src/messages/wire/come-in.ts';
import { aNumber, OURS, receive } from '../support/messages.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Reply, type TestApp, testApp } from '../support/test-app.ts';
import { type Answer, type Received, webhookReceiver } from '../support/webhook-receiver.ts';
import { type Centre, openCentre, receiptOf } from './smpp/centre.ts';

/** The ends of a message that every kind of carrier has in common. */
export type Fate = 'delivered' | 'undelivered' | 'refused' | 'silent';

/** A kind of carrier with its far side, ready to carry the messages of a test. */
export interface CarrierUnderTest extends AsyncDisposable {
  /** A recipient whose messages have this fate. */
  readonly recipientOf: (fate: Fate) => string;
  /** Lets the far side send its reports, if it has any to send. */
  readonly report: () => Promise<void>;
  /** The code of a refused message. */
  readonly refusal: number;
}

export const SECRET = 'a-secret-of-both-sides';
export const TOKEN = 'a-token-for-the-events';
const RECIPIENTS: Readonly<Record<Fate, string>> = {
  delivered: '+15005550199',
  undelivered: '+15005550002',
  refused: '+15005550004',
  silent: '+15005550003',
};

/** Opens carriers for a test, as a server's start does. */
export function useCarriers(
  app: TestApp,
  yaml: string,
  secrets: Record<string, string> = {},
): void {
  using folder = temporaryFolder();
  const carriersFile = folder.at('carriers.yaml');
  writeFileSync(carriersFile, yaml);
  const config = { ...app.app.config, carriersFile, environment: (name: string) => secrets[name] };
  const running = { ...app.app, config };
  openCarriers(running, { ...inboundOf(app.app), ...callsInto(app.app) });
}

/**
 * A far side that speaks the contract of the kind `http`. Each far side can `carry` the messages of
 * another process too.
 */
export async function httpFarSide(
  app: TestApp,
  answer: (message: Record<string, string | number>, index: number) => Answer | Promise<Answer>,
) {
  const far = await webhookReceiver((request, index) => {
    demandSignature(request);
    return answer(JSON.parse(request.body) as Record<string, string>, index);
  });
  const carry = (process: TestApp) =>
    useCarriers(
      process,
      `
carriers: { far: { kind: http, url: "${far.origin}/in", secret: env:SECRET, events_token: env:TOKEN } }
routes: { messages: [{ by: far }] }
`,
      { SECRET, TOKEN },
    );
  carry(app);
  return { ...far, carry };
}

function demandSignature({ headers, body }: Received): void {
  const [, time = '', given = ''] =
    /^t=(\d+),v1=(\w+)$/.exec(headers['tieline-signature'] ?? '') ?? [];
  const right = createHmac('sha256', SECRET).update(`${time}.${body}`).digest();
  assert.ok(timingSafeEqual(Buffer.from(given, 'hex'), right));
}

export function reportTo(app: TestApp, events: readonly unknown[], token = TOKEN): Promise<Reply> {
  const headers = { authorization: `Bearer ${token}` };
  return app.request('POST', '/_carrier/far/events', { body: { events }, headers });
}

/** Every kind of carrier. The suite over them is `carrier-contract.test.ts`. */
export const KINDS: Readonly<Record<string, (app: TestApp) => Promise<CarrierUnderTest>>> = {
  simulated: async () => ({
    recipientOf: (fate) => RECIPIENTS[fate],
    report: async () => {},
    refusal: 30008,
    async [Symbol.asyncDispose]() {},
  }),
  http: async (app) => {
    const due: unknown[] = [];
    const far = await httpFarSide(app, ({ sid, to }) => {
      if (to === RECIPIENTS.refused) return { status: 400, body: '{"code":30005}' };
      const state = to === RECIPIENTS.undelivered ? 'undelivered' : 'delivered';
      if (to !== RECIPIENTS.silent)
        due.push({ type: 'receipt', sid, state, ...(state === 'undelivered' && { code: 30003 }) });
      return { status: 202, body: '{"id":"7"}' };
    });
    return {
      recipientOf: (fate) => RECIPIENTS[fate],
      report: async () => {
        const { status, text } = await reportTo(app, due);
        assert.equal(status, 200, text);
      },
      refusal: 30005,
      [Symbol.asyncDispose]: () => far[Symbol.asyncDispose](),
    };
  },
  kannel: async (app) => {
    const due: string[] = [];
    const far = await kannelFarSide(app, (query) => {
      const to = query.get('to') ?? '';
      const type = to === RECIPIENTS.undelivered ? '2' : '1';
      const told = type === '2' ? 'id:7 stat:UNDELIV err:027' : '';
      const url = (query.get('dlr-url') ?? '').replace('%d', type);
      if (to === RECIPIENTS.refused)
        return { status: 403, body: 'Not routable. Do not try again.' };
      if (to !== RECIPIENTS.silent) due.push(url.replace('%A', encodeURIComponent(told)));
      return { status: 202, body: '0: Accepted for delivery' };
    });
    return {
      recipientOf: (fate) => RECIPIENTS[fate],
      report: async () => {
        for (const url of due) {
          const { pathname, search } = new URL(url);
          assert.equal((await app.request('GET', pathname + search)).status, 200);
        }
      },
      refusal: 21612,
      [Symbol.asyncDispose]: () => far[Symbol.asyncDispose](),
    };
  },
  smpp: async (app) => {
    const due: Partial<Pdu>[] = [];
    const far = await smppFarSide(app, (submit, index) => {
      const to = `+${textOf(submit, 'destination_addr')}`;
      if (to === RECIPIENTS.refused) return { status: 0x0b };
      if (to === RECIPIENTS.undelivered) due.push(receiptOf(index, 'UNDELIV', '027'));
      if (to === RECIPIENTS.delivered) due.push(receiptOf(index, 'DELIVRD'));
      return {};
    });
    return {
      recipientOf: (fate) => RECIPIENTS[fate],
      report: async () => {
        for (const receipt of due) assert.equal(await far.deliver(receipt), 0);
      },
      refusal: 30005,
      [Symbol.asyncDispose]: () => far[Symbol.asyncDispose](),
    };
  },
  twilio: async (app) => {
    const upstream = await upstreamOf(app);
    return {
      recipientOf: (fate) => UPSTREAM_RECIPIENTS[fate],
      report: async () => {
        upstream.app.advance(2_000);
        await upstream.app.deliver();
      },
      refusal: 21610,
      [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
    };
  },
};

/** A gateway that answers as Kannel does. Its `answer` gets the fields of `sendsms`. */
export async function kannelFarSide(
  app: TestApp,
  answer: (fields: URLSearchParams, request: Received) => Answer | Promise<Answer>,
  settings = '',
) {
  const far = await webhookReceiver((request) => {
    const { searchParams } = new URL(request.url);
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
    return answer(isForm ? new URLSearchParams(request.body) : searchParams, request);
  });
  const field = `kind: kannel, url: "${far.origin}/cgi-bin/sendsms", username: t, password: env:PW`;
  const carry = (process: TestApp) =>
    useCarriers(
      process,
      `
carriers: { far: { ${field}, secret: env:SECRET${settings} } }
routes: { messages: [{ by: far }] }
`,
      { SECRET, PW: 'secret' },
    );
  carry(app);
  return { ...far, carry };
}

/** A message centre, bound. Its receipts have their ids in decimal, and its answers in hex. */
export async function smppFarSide(
  app: TestApp,
  reply: Parameters<typeof openCentre>[0],
  settings = '',
): Promise<Centre & { readonly carry: (process: TestApp) => Promise<void> }> {
  const centre = await openCentre(reply);
  const field = `kind: smpp, host: 127.0.0.1, port: ${centre.port}, system_id: t, password: env:PW`;
  const wires: MessageCarrier[] = [];
  const carry = async (process: TestApp) => {
    const stopping = wires.splice(0).map((wire) => wire.stop());
    centre.cut();
    await Promise.all(stopping);
    useCarriers(
      process,
      `
carriers: { far: { ${field}${settings} } }
routes: { messages: [{ by: far }] }
`,
      { PW: 'secret' },
    );
    const wire = lineUpOf(process.app).wires.get('far') ?? assert.fail();
    assert.equal((await wire.probe()).is_up, true);
    wires.push(wire);
  };
  await carry(app);
  return {
    ...centre,
    carry,
    async [Symbol.asyncDispose]() {
      await Promise.all(wires.map((wire) => wire.stop()));
      await centre[Symbol.asyncDispose]();
    },
  };
}

/** The simulated network of an upstream decides by the last digits; one number wrote STOP. */
const UPSTREAM_RECIPIENTS: Readonly<Record<Fate, string>> = {
  delivered: '+15005550199',
  undelivered: RECIPIENTS.undelivered,
  refused: '+15005550198',
  silent: RECIPIENTS.silent,
};

/**
 * Another Tieline as the upstream of the first one. Both listen, and have the number `OURS`.
 * @param wire the addresses of what stands between the two, if something does
 */
export async function upstreamOf(
  app: TestApp,
  wire?: (up: TestApp) => Promise<{ readonly base: string; readonly home: string }>,
) {
  const up = await testApp({ engine: app.app.database.engine });
  const origin = await up.listen();
  up.app.home.origin = origin;
  const { base, home } = (await wire?.(up)) ?? { base: origin, home: await app.listen() };
  app.app.home.origin = home;
  const account = await up.anAccount();
  await aNumber(up, account, OURS, {
    sms_url: `${app.app.home.origin}/_carrier/up/messages`,
    sms_fallback_url: `${app.app.home.origin}/_carrier/up/messages`,
  });
  await receive(up, { from: UPSTREAM_RECIPIENTS.refused, body: 'STOP' });
  const carry = (process: TestApp) =>
    useCarriers(
      process,
      `
carriers: { up: { kind: twilio, base: "${base}", account_sid: ${account.sid}, auth_token: env:UP } }
routes: { messages: [{ by: up }] }
`,
      { UP: account.auth_token },
    );
  carry(app);
  return {
    app: up,
    account,
    origin,
    carry,
    [Symbol.asyncDispose]: () => up[Symbol.asyncDispose](),
  };
}
