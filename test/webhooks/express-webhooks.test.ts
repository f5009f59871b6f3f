import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { suite, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import express, { type Express } from 'express';
import twilio from 'twilio';
import {
  aFinishedCall,
  aNumber,
  anIncomingCall,
  type Caller,
  OUTSIDE,
  settle,
} from '../support/calls.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../support/self-signed.ts';
import { type StubReceiver, stubReceiver } from '../support/stub-receiver.ts';
import {
  connectLogin,
  type Login,
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

/** An Express application with Twilio's own middleware, and the requests that it got. */
interface Application extends StubReceiver {
  readonly origin: string;
  /** The different accepted requests, as `POST /voice`. */
  readonly admitted: ReadonlySet<string>;
  /** The middleware's message for each refused request. */
  readonly refused: readonly string[];
}

const TWIML: Readonly<Record<string, string>> = {
  '/voice':
    '<Gather action="/digits?a=%C3%BC&amp;b=it\'s" timeout="1" actionOnEmptyResult="true"/>',
  '/digits':
    '<Record action="/recorded" recordingStatusCallback="/recording" transcribeCallback="/text"/>',
  '/recorded':
    `<Dial action="/dialled" method="GET" record="record-from-answer" recordingStatusCallback="/recording">` +
    `<Number statusCallback="/leg" statusCallbackEvent="initiated answered completed" url="/whisper">${OUTSIDE}</Number></Dial>`,
  '/plain': '<Redirect>moved?x=1&amp;y=%3D%26</Redirect>',
  '/dialled': `<Sms to="${OUTSIDE}" action="/sent" statusCallback="/sms-status">On&#x1F44D; &amp; on</Sms>`,
  '/message':
    '<Message action="/sent" statusCallback="/sms-status">Ünï &lt;?&gt; + 100% ☎</Message>',
};

/** An application as in a tutorial: form, middleware, answers with TwiML. */
async function anExpressApplication(
  authToken: string,
  options: {
    readonly setUp?: (app: Express) => void;
    readonly webhook?: { readonly protocol?: string };
  } = {},
): Promise<Application> {
  const { setUp, webhook = {} } = options;
  const admitted = new Set<string>();
  const refused: string[] = [];
  const app = express();
  setUp?.(app);
  app.use(express.urlencoded({ extended: false }));
  app.use((request, response, next) => {
    response.on('finish', () => {
      const { method, path } = request;
      if (response.statusCode < 300) admitted.add(`${method} ${path}`);
      else refused.push(`${response.statusCode} to ${method} ${path}`);
    });
    next();
  });
  app.use(twilio.webhook(authToken, webhook));
  app.use((request, response) => {
    response.type('text/xml').send(`<Response>${TWIML[request.path] ?? ''}</Response>`);
  });
  const receiver = await stubReceiver(createServer(app));
  const origin = `http://localhost:${receiver.port}`;
  return Object.assign(receiver, { origin, admitted, refused });
}

/** An account with a number, as a caller with this login. */
async function aCallerOf(
  app: TestApp,
  account: TestAccount,
  login: Login,
  settings = {},
): Promise<Caller> {
  const number = await aNumber(app, account, login, settings);
  return { account, login, number, calls: `/2010-04-01/Accounts/${account.sid}/Calls` };
}

/** Makes calls with every kind of request that a call can send to an application. */
async function callsOfEveryKind(app: TestApp, caller: Caller, origin: string): Promise<void> {
  const events = ['initiated', 'ringing', 'answered', 'completed'];
  const told = { StatusCallback: `${origin}/status`, StatusCallbackEvent: events };
  // An apostrophe, a letter outside ASCII and an escape that means a plain letter.
  const odd = `${origin}/voice?q=it's+%41&n=ü&empty=`;
  await aFinishedCall(app, caller, { Url: odd, ...told });
  await aFinishedCall(app, caller, { Url: odd, Method: 'GET', ...told });
  const asked = {
    Url: `${origin.replace('//', '//user:p%40ss@')}/plain#rc=1`,
    StatusCallback: `${origin}/status?by=get`,
    StatusCallbackMethod: 'GET',
    Record: 'true',
    RecordingStatusCallback: `${origin}/recording`,
    MachineDetection: 'Enable',
    AsyncAmd: 'true',
    AsyncAmdStatusCallback: `${origin}/amd`,
  };
  await aFinishedCall(app, caller, asked);
  await anIncomingCall(app, { to: caller.number });
  await settle(app);
}

/** Sends and receives messages with callbacks. */
async function messagesOfEveryKind(app: TestApp, caller: Caller, origin: string): Promise<void> {
  const path = `/2010-04-01/Accounts/${caller.account.sid}/Messages.json`;
  const sent = await app.post(path, caller.login, {
    To: OUTSIDE,
    From: caller.number,
    Body: 'Grüße & 1 + 1 = 2? 👍',
    StatusCallback: `${origin}/sms-status?id=%2B1%20a+b&id=2`,
  });
  assert.equal(sent.status, 201, sent.text);
  await settle(app);
  for (const body of ['Hi', 'Ünï & co. = 100 %?\r\n+ "quotes" ☎👍', ' ', "it's (done)!*~"]) {
    const told = { to: caller.number, from: OUTSIDE, body };
    assert.equal((await app.control('POST', '/messages', told)).status, 201);
  }
  await settle(app);
}

async function aTrigger(app: TestApp, { account, login }: Caller, CallbackUrl: string) {
  const form = { CallbackUrl, UsageCategory: 'sms', TriggerValue: '1' };
  const path = `/2010-04-01/Accounts/${account.sid}/Usage/Triggers.json`;
  assert.equal((await app.post(path, login, form)).status, 201);
}

const CALLS: readonly string[] = [
  'GET /dialled',
  'GET /status',
  'GET /voice',
  'POST /amd',
  'POST /digits',
  'POST /leg',
  'POST /moved',
  'POST /plain',
  'POST /recorded',
  'POST /recording',
  'POST /status',
  'POST /text',
  'POST /voice',
  'POST /whisper',
];
const MESSAGES: readonly string[] = ['POST /sent', 'POST /sms-status'];

onEveryEngine("Express with Twilio's own middleware", (engine) => {
  test('accepts every webhook of an account', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await using there = await anExpressApplication(account.auth_token);
    const caller = await aCallerOf(app, account, loginOf(account), {
      VoiceUrl: `${there.origin}/voice`,
      StatusCallback: `${there.origin}/status`,
      SmsUrl: `${there.origin}/message`,
    });
    await aTrigger(app, caller, `${there.origin}/trigger`);
    await callsOfEveryKind(app, caller, there.origin);
    await messagesOfEveryKind(app, caller, there.origin);
    assert.deepEqual(there.refused, []);
    const expected = [...CALLS, ...MESSAGES, 'POST /message', 'POST /trigger'].toSorted();
    assert.deepEqual([...there.admitted].toSorted(), expected);
  });

  test("of a developer accepts the webhooks of an app, and nobody else's does", async () => {
    await using app = await testApp({ engine });
    const [developer, customer] = [await app.anAccount(), await app.anAccount()];
    await using there = await anExpressApplication(developer.auth_token);
    await using foreign = await anExpressApplication(customer.auth_token);
    const connectApp = await app.aConnectApp(developer, {
      deauthorize_callback_url: `${there.origin}/gone?app=1`,
    });
    const grant = await app.aGrant(connectApp, customer);
    const account = { ...customer, sid: grant.subaccount_sid };
    const caller = await aCallerOf(app, account, connectLogin(grant, developer));
    await aFinishedCall(app, caller, { Url: `${there.origin}/voice` });
    await aFinishedCall(app, caller, { Url: `${foreign.origin}/voice` });
    const body = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', body)).status, 200);
    await settle(app);
    assert.deepEqual(there.refused, []);
    assert.ok(there.admitted.has('POST /gone') && there.admitted.has('POST /voice'));
    assert.deepEqual([foreign.refused, foreign.admitted], [['403 to POST /voice'], new Set()]);
  });
});

suite("Express with Twilio's own middleware behind a proxy that ends its TLS", () => {
  const ignoring = (): void => {};
  const trusting = (app: Express) => void app.enable('trust proxy');
  const cases = {
    'is let in where the proxy says X-Forwarded-Proto': [trusting, {}, true, 'admitted'],
    'is let in where the application knows its protocol': [
      ignoring,
      { protocol: 'https' },
      false,
      'admitted',
    ],
    'is turned away where the proxy does not say so': [trusting, {}, false, 'refused'],
    'is turned away where the application does not trust the proxy': [
      ignoring,
      {},
      true,
      'refused',
    ],
  } as const;
  for (const [name, [setUp, webhook, says, outcome]] of Object.entries(cases)) {
    test(`a request of a call ${name}`, async () => {
      const before = getCACertificates('default');
      setDefaultCACertificates([...before, CERTIFICATE]);
      try {
        await using app = await testApp({ engine: 'memory', resolve: async () => ['127.0.0.1'] });
        const account = await app.anAccount();
        await using there = await anExpressApplication(account.auth_token, { setUp, webhook });
        await using proxy = await endOfTls(
          there.port,
          says ? { 'x-forwarded-proto': 'https' } : {},
        );
        const caller = await aCallerOf(app, account, loginOf(account));
        const Url = `https://hooks.example.com:${proxy.port}/hello?a=1`;
        await aFinishedCall(app, caller, { Url });
        assert.deepEqual([...there.admitted], outcome === 'admitted' ? ['POST /hello'] : []);
        assert.deepEqual(there.refused, outcome === 'refused' ? ['403 to POST /hello'] : []);
      } finally {
        setDefaultCACertificates(before);
      }
    });
  }
});

/** A proxy at https for a server at http on this machine. */
function endOfTls(port: number, said: Readonly<Record<string, string>>): Promise<StubReceiver> {
  const keys = { key: PRIVATE_KEY, cert: CERTIFICATE };
  const proxy = createHttpsServer(keys, (incoming, response) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ port, method, path, headers: { ...headers, ...said } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  return stubReceiver(proxy);
}
