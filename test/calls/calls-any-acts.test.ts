import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { verify } from '../../src/verify/verify.ts';
import {
  aCaller,
  anApplication,
  type Caller,
  type Form,
  settle,
  tasksLeft,
} from '../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** An act with calls; `which` picks one of the present calls. */
type Doing =
  | { readonly do: 'call'; readonly to: string; readonly runs: string; readonly form: Form }
  | { readonly do: 'receive' }
  | { readonly do: 'change'; readonly which: number; readonly form: Form }
  | { readonly do: 'record'; readonly which: number }
  | { readonly do: 'change recording'; readonly which: number; readonly form: Form }
  | { readonly do: 'delete'; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number };

const PAGES = {
  '/say': '<Say>Hello</Say><Pause length="70"/>',
  '/dial': '<Dial action="/say">+15005559876</Dial>',
  '/here': '',
  '/several': '<Dial><Number>+15005550002</Number><Number>+15005559876</Number></Dial><Say>x</Say>',
  '/stays': '<Dial action="/say" timeLimit="7200">+15005550006</Dial>',
  '/record': '<Record transcribe="true"/><Redirect>/say</Redirect>',
  '/message': '<Message>Hello</Message>',
  '/reject': '<Reject/>',
  '/broken': '<Response',
};
const ENDINGS = ['9876', '9875', '0002', '0003', '0004', '0005', '0006'];

/** Longer than any call may last. */
const A_DAY_MS = 86_400_000;

const which = fc.nat(20);
const page = fc.constantFrom(...Object.keys(PAGES));
const doing: fc.Arbitrary<Doing> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      to: fc.constantFrom(...ENDINGS.map((ending) => `+1500555${ending}`), 'here', 'client:alice'),
      runs: page,
      form: fc.record({ Record: fc.constantFrom('true', 'false') }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('receive' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      which,
      form: fc.constantFrom<Form>(
        { Status: 'completed' },
        { Status: 'canceled' },
        { Twiml: '<Response><Dial>+15005559876</Dial></Response>' },
        { Url: '/record' },
        { TimeLimit: '30' },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('record' as const), which }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('change recording' as const),
      which,
      form: fc.constantFrom<Form>(
        { Status: 'paused', PauseBehavior: 'skip' },
        { Status: 'in-progress' },
        { Status: 'stopped' },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(fc.nat(1_500), fc.nat(100_000)),
    }),
  },
);

interface Stage {
  readonly app: TestApp;
  readonly caller: Caller;
  readonly origin: string;
  /** A number of the server that an application runs. */
  readonly here: Caller;
}

const sidOf = async ({ app, caller }: Stage, at: number) => {
  const { calls } = (await app.get(`${caller.calls}.json`, caller.login)).json;
  return calls.length === 0 ? null : (calls[at % calls.length].sid as string);
};

/** Performs an act and expects an answer without a server error. */
async function perform(stage: Stage, it: Doing): Promise<void> {
  const { app, caller, origin, here } = stage;
  if (it.do === 'wait') return settle(app, it.ms);
  if (it.do === 'receive') {
    const body = { to: here.number, from: '+15005551234', inputs: ['12#', 'hello'] };
    assert.equal((await app.control('POST', '/calls', body)).status, 201);
    return;
  }
  if (it.do === 'call') {
    const To = it.to === 'here' ? here.number : it.to;
    const Url = origin + it.runs;
    const form = { To, From: caller.number, Url, ...it.form };
    assert.equal((await app.post(`${caller.calls}.json`, caller.login, form)).status, 201);
    return;
  }
  const sid = await sidOf(stage, it.which);
  if (sid === null) return;
  const path = `${caller.calls}/${sid}`;
  const { login } = caller;
  const answer = await {
    change: () => app.post(`${path}.json`, login, 'form' in it ? absolute(it.form, origin) : {}),
    record: () => app.post(`${path}/Recordings.json`, login, {}),
    'change recording': () =>
      app.post(`${path}/Recordings/Twilio.CURRENT.json`, login, 'form' in it ? it.form : {}),
    delete: () => app.request('DELETE', `${path}.json`, { login }),
  }[it.do]();
  assert.ok(answer.status < 500, answer.text);
}

function absolute(form: Form, origin: string): Form {
  const { Url } = form;
  return typeof Url === 'string' ? { ...form, Url: origin + Url } : form;
}

/** Expects that every call has ended or has a task of the carrier. */
async function assertNoneBetween({ app }: TestApp): Promise<void> {
  const { db } = app.database;
  const calls = await db.selectFrom('calls').selectAll().execute();
  const tasks = await db.selectFrom('carrier_tasks').select('sid').execute();
  const carried = new Set(tasks.map(({ sid }) => sid));
  for (const { sid, status, end_time, duration } of calls) {
    const isLive = ['queued', 'ringing', 'in-progress'].includes(status);
    assert.equal(carried.has(sid), isLive, `${sid} is ${status}`);
    assert.equal(end_time !== null && duration !== null, !isLive, `${sid} is ${status}`);
  }
}

/** Expects the usage to match the calls and recordings. */
async function assertMetered({ app }: TestApp, deleted: boolean): Promise<void> {
  const { db } = app.database;
  const calls = await db.selectFrom('calls').selectAll().execute();
  const recordings = await db.selectFrom('recordings').selectAll().execute();
  const events = await db.selectFrom('usage_events').selectAll().execute();
  const prices = new Map(events.map(({ key, price_micro }) => [key, price_micro]));
  for (const { sid, status, price_micro } of [...calls, ...recordings]) {
    assert.equal(prices.get(sid), status === 'completed' ? price_micro : undefined, sid);
  }
  const isOf = (prefix: string) => events.filter(({ key }) => key.startsWith(prefix)).length;
  const completed = calls.filter(({ status }) => status === 'completed').length;
  if (!deleted) assert.equal(isOf('CA'), completed);
  assert.equal(isOf('RE'), recordings.filter(({ status }) => status === 'completed').length);
  for (const { status } of recordings) assert.match(status, /^(completed|absent)$/);
}

onEveryEngine('any sequence of acts with calls', (engine) => {
  test('leaves no call between two states, and is metered rightly', async () => {
    await using asked = await anApplication(PAGES);
    const runs = engine === 'sqlite' ? 15 : 4;
    const property = fc.asyncProperty(
      fc.array(doing, { minLength: 3, maxLength: 25 }),
      async (acts) => {
        await using app = await testApp({ engine });
        const caller = await aCaller(app);
        const here = await aCaller(app, { VoiceUrl: `${asked.origin}/say` });
        const stage = { app, caller, here, origin: asked.origin };
        for (const it of acts) {
          await perform(stage, it);
          await assertNoneBetween(app);
        }
        for (let round = 0; round < 5; round += 1) await settle(app, A_DAY_MS);
        assert.deepEqual(await tasksLeft(app), []);
        await assertNoneBetween(app);
        await assertMetered(
          app,
          acts.some((one) => one.do === 'delete'),
        );
        assert.deepEqual((await verify(app.app)).differences, []);
      },
    );
    await fc.assert(property, { numRuns: runs, seed: 20_260_318, endOnFailure: true });
  });
});
