import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { optionsOf } from '../../../src/calls/call-options.ts';
import { aSipCarrier, aTrunk, aTrunkCaller } from '../../carriers/sip-trunk/a-trunk.ts';
import { FarSide } from '../../carriers/sip-trunk/far-side.ts';
import {
  aCall,
  aCallee,
  aCaller,
  aFinishedIncoming,
  anApplication,
  type Caller,
  fetchCall,
  OUTSIDE,
  requestsTo,
} from '../../support/calls.ts';
import type { TestApp } from '../../support/test-app.ts';
import { type ALeg, aWire } from './a-wire.ts';
import { MAX_TURNS, until } from './until.ts';

/** The acts of the far ends of a `Dial`'s legs, by their numbers. */
const FATES = {
  answers: '+15005559876',
  busy: '+15005550002',
  'no-answer': '+15005550003',
  failed: '+15005550004',
} as const;
type Fate = keyof typeof FATES;

/** The seconds of a talk. */
export const TALK = 20;

/** A call that dials numbers. */
export interface Story {
  readonly numbers: readonly Fate[];
  /** More attributes of the `Dial`. */
  readonly attributes?: string;
  /** The document for the far end before both sides talk. */
  readonly whisper?: string;
  readonly caller_hangs_up?: 'ringing' | 'talking';
  /** Whether the caller ends the talk by a star. */
  readonly is_star?: boolean;
}

/** Its outcome. */
interface Told {
  readonly account: Caller;
  readonly sid: string;
  /** The requests to the action. */
  readonly after: readonly Record<string, string>[];
}

export type Stage = (app: TestApp, story: Story) => Promise<Told>;

function pagesOf({ numbers, attributes = '', whisper, caller_hangs_up }: Story, byoc: string) {
  const isRinging = numbers.includes('answers') || caller_hangs_up !== undefined;
  const timeout = isRinging ? 30 : 1;
  const url = whisper === undefined ? '' : ' url="/whisper"';
  const list = numbers.map((fate) => `<Number${url}${byoc}>${FATES[fate]}</Number>`).join('');
  return {
    '/voice': `<Dial action="/after" timeout="${timeout}" ${attributes}>${list}</Dial>`,
    '/whisper': whisper ?? '',
    '/after': '<Hangup/>',
  };
}

/** The carrier that comes with the product. */
export const simulated: Stage = async (app, story) => {
  await using asked = await anApplication(pagesOf(story, ''));
  const account = await aCallee(app, asked.origin);
  const seconds = { ringing: 3, talking: 5 + TALK - 1 };
  const { caller_hangs_up: when } = story;
  const { sid } = await aFinishedIncoming(app, account, when && { hang_up_after: seconds[when] });
  return { account, sid, after: requestsTo(asked, '/after') };
};

/** The leg of a call that rings, or that talks. */
async function untilLeg(app: TestApp, sid: string, is: 'ringing' | 'talking'): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const legs = await app.app.database.db
      .selectFrom('calls')
      .selectAll()
      .where('parent_call_sid', '=', sid)
      .execute();
    if (is === 'ringing' && legs.some(({ status }) => status === 'ringing')) return;
    if (legs.some((leg) => optionsOf(leg).is_bridged)) return;
    if (legs.length > 0 && (await fetchCallStatus(app, sid)) === 'completed') return;
    await setImmediate();
  }
  assert.fail(`no leg was ${is}`);
}

async function fetchCallStatus(app: TestApp, sid: string): Promise<string | undefined> {
  const { db } = app.app.database;
  const call = await db.selectFrom('calls').select('status').where('sid', '=', sid).execute();
  return call[0]?.status;
}

/** Both ends of a call over a wire, as a test plays them. */
interface Ends {
  readonly form: Record<string, string>;
  readonly account: Caller;
  /** The attribute of each `Number`. */
  readonly byoc: string;
  callerHangsUp(): void;
  legHangsUp(): void;
  callerPressesStar(): void;
}

async function play(app: TestApp, story: Story, ends: Ends): Promise<Told> {
  const { account } = ends;
  await using asked = await anApplication(pagesOf(story, ends.byoc));
  const { sid } = await aCall(app, account, { Url: `${asked.origin}/voice`, ...ends.form });
  await app.deliver();
  const { caller_hangs_up: when, numbers, whisper } = story;
  if (when !== undefined) {
    await untilLeg(app, sid, when);
    app.advanceReal(TALK * 1_000);
    ends.callerHangsUp();
  } else if (numbers.includes('answers') && !whisper?.includes('Hangup')) {
    await untilLeg(app, sid, 'talking');
    app.advanceReal(TALK * 1_000);
    if (story.is_star) ends.callerPressesStar();
    else ends.legHangsUp();
  }
  await until(app, account, sid, 'completed');
  await app.deliver();
  return { account, sid, after: requestsTo(asked, '/after') };
}

/** A wire without a network. */
export const inMemory: Stage = async (app, story) => {
  const wire = aWire(app);
  const isRinging = story.numbers.includes('answers') || story.caller_hangs_up !== undefined;
  wire.play = (leg: ALeg) => {
    const { to } = leg.wanted;
    const end = (status: 'busy' | 'failed' | 'no-answer') =>
      leg.hear.ended({ status, detail: null });
    if (to === FATES.failed) return end('failed');
    leg.hear.ringing();
    if (to === FATES.busy) return end('busy');
    if (to === FATES['no-answer']) return isRinging ? undefined : end('no-answer');
    leg.addEventListener('act', () => leg.does({ prompts: [1] }));
    return leg.hear.answered('{}');
  };
  const account = await aCaller(app);
  const legTo = (to: string) => wire.legs.find((leg) => leg.wanted.to === to);
  return await play(app, story, {
    account,
    form: {},
    byoc: '',
    callerHangsUp: () => legTo(OUTSIDE)?.hangsUp(),
    legHangsUp: () => legTo(FATES.answers)?.hangsUp(),
    callerPressesStar: () => legTo(OUTSIDE)?.presses('*'),
  });
};

/** Calls over SIP, by two trunks. */
export const overSip: Stage = async (app, story) => {
  await using _carrier = await aSipCarrier(app);
  await using caller = await FarSide.open(() => [180, 200]);
  await using callee = await FarSide.open(({ uri }) => {
    if (uri.includes(FATES.failed)) return [404];
    if (uri.includes(FATES.busy)) return [180, 486];
    return uri.includes(FATES.answers) ? [180, 200] : [180];
  });
  const { caller: account, byoc } = await aTrunkCaller(app, [{ target: caller.address }]);
  const trunk = await aTrunk(app, account, [{ target: callee.address }]);
  const answered = () => callee.requests('INVITE').find(({ uri }) => uri.includes(FATES.answers));
  return await play(app, story, {
    account,
    form: { Byoc: byoc },
    byoc: ` byoc="${trunk}"`,
    callerHangsUp: () => caller.hangUp('Q.850;cause=16'),
    legHangsUp: () => callee.hangUp('Q.850;cause=16', answered()),
    callerPressesStar: () => caller.press('*'),
  });
};

/** The legs of a call, by their numbers. */
export async function legsOfCall(app: TestApp, { calls, login }: Caller, sid: string) {
  const { json } = await app.get(`${calls}.json?ParentCallSid=${sid}`, login);
  return json.calls as readonly Record<string, string>[];
}

/** The call itself, as the API shows it. */
export function callOf(app: TestApp, { account, sid }: Told) {
  return fetchCall(app, account, sid);
}
