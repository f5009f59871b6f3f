import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foresee } from '../../../src/twiml/foresee.ts';
import { aSipCarrier, aTrunkCaller } from '../../carriers/sip-trunk/a-trunk.ts';
import { SoundPhone } from '../../carriers/sip-trunk/sound-phone.ts';
import {
  aCall,
  aCallee,
  aCaller,
  aFinishedIncoming,
  anApplication,
  requestsTo,
} from '../../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { aWire } from './a-wire.ts';
import { until } from './until.ts';

/** A call whose document listens. */
interface Story {
  readonly attributes: string;
  /** The keys that the far end presses when it hears the prompt; empty: none. */
  readonly presses: string;
}

/** The requests to the action of the `Gather`, and to the document after it. */
interface Told {
  readonly after: readonly Record<string, string>[];
  readonly silent: number;
}

type Stage = (app: TestApp, story: Story) => Promise<Told>;

/** A silent far end hears no prompt, so that the story is short. */
function pagesOf({ attributes, presses }: Story) {
  const prompt = presses === '' ? '' : '<Say>Please enter your number, and then a hash.</Say>';
  return {
    '/voice': `<Gather action="/after" ${attributes}>${prompt}</Gather><Redirect>/silent</Redirect>`,
    '/after': '<Hangup/>',
    '/silent': '<Hangup/>',
  };
}

type Asked = Awaited<ReturnType<typeof anApplication>>;

function toldOf(asked: Asked): Told {
  const after = requestsTo(asked, '/after');
  return { after, silent: requestsTo(asked, '/silent').length };
}

const simulated: Stage = async (app, story) => {
  await using asked = await anApplication(pagesOf(story));
  const account = await aCallee(app, asked.origin);
  await aFinishedIncoming(app, account, { inputs: [story.presses] });
  return toldOf(asked);
};

const inMemory: Stage = async (app, story) => {
  const wire = aWire(app);
  wire.play = (leg) => {
    const act = async () => {
      const state = { inputs: [story.presses] } as never;
      leg.does(foresee((await leg.heard()) as never, state).outcome);
    };
    leg.addEventListener('act', () => void act());
    leg.hear.answered('{}');
  };
  await using asked = await anApplication(pagesOf(story));
  const account = await aCaller(app);
  const { sid } = await aCall(app, account, { Url: `${asked.origin}/voice` });
  await app.deliver();
  await until(app, account, sid, 'completed');
  return toldOf(asked);
};

const overSip: Stage = async (app, story) => {
  await using _carrier = await aSipCarrier(app);
  await using phone = await SoundPhone.open();
  await using asked = await anApplication(pagesOf(story));
  const { caller, byoc } = await aTrunkCaller(app, [{ target: phone.far.address }]);
  const { sid } = await aCall(app, caller, { Byoc: byoc, Url: `${asked.origin}/voice` });
  await app.deliver();
  if (story.presses !== '') {
    await phone.untilSound();
    await phone.press(story.presses);
  }
  await phone.far.request('BYE');
  await until(app, caller, sid, 'completed');
  return toldOf(asked);
};

const STAGES: Readonly<Record<string, Stage>> = {
  'without a wire': simulated,
  'over a wire in memory': inMemory,
  'over SIP': overSip,
};

/** `Digits` and `FinishedOnKey` of the action; null: the next verb follows. */
const STORIES: readonly (readonly [string, Story, string | null])[] = [
  ['ends with its last digit', { attributes: 'numDigits="3"', presses: '12*' }, '12* undefined'],
  ['ends with the finishing key', { attributes: '', presses: '42#' }, '42 #'],
  [
    'ends when no key follows',
    { attributes: 'finishOnKey="" timeout="1"', presses: '9#' },
    '9# undefined',
  ],
  ['goes on after silence', { attributes: 'timeout="1"', presses: '' }, null],
  [
    'asks its action after silence, if it says so',
    { attributes: 'timeout="1" actionOnEmptyResult="true"', presses: '' },
    ' undefined',
  ],
];

for (const [where, stage] of Object.entries(STAGES)) {
  onEveryEngine(`a Gather ${where}`, (engine) => {
    for (const [name, story, expected] of STORIES) {
      test(name, async () => {
        await using app = await testApp({ engine });
        const { after, silent } = await stage(app, story);
        const told = after.map(({ Digits, FinishedOnKey }) => `${Digits} ${FinishedOnKey}`);
        assert.deepEqual(told, expected === null ? [] : [expected]);
        assert.equal(silent, expected === null ? 1 : 0);
      });
    }
  });
}
