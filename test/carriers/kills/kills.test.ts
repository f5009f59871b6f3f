import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '../../../src/verify/verify.ts';
import { aNumber, detailsOf, messagesOf, read, send } from '../../support/messages.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../../support/test-app.ts';
import { type WebhookReceiver, webhookReceiver } from '../../support/webhook-receiver.ts';
import { FAR_SIDES, type FarSide } from './far-sides.ts';
import { type Death, House } from './house.ts';

const MINUTE = 60_000;
const TEN_HOURS = 36_000_000;
const DELIVERED = ['queued', 'sending', 'sent', 'delivered'];
const TAKEN = ['queued', 'sending', 'sent'];
const LOST = ['queued', 'sending', 'undelivered'];

/** A place on the way of a message at which its process dies. */
interface Place {
  /** The write at which it dies; null: when the far side has the message and has not answered. */
  readonly death: Death | null;
  /** The survivor finds the step of the message, and the messages at the far side. */
  readonly found: readonly [step: 'send' | 'submitted' | 'awaited', taken: 0 | 1];
  /** The statuses that were told in the end. */
  readonly told: (kind: string) => readonly string[];
  readonly notes: (kind: string) => readonly string[];
  /** Whether the far side never reports. */
  readonly is_silent?: boolean;
}

const arrives = () => DELIVERED;
/** A receipt over SMPP names an id that only the answer told. */
const isHeard = (kind: string) => kind !== 'smpp';
const isAsked = (kind: string) => kind === 'twilio';

/** A worker leases the message (1), writes that it may leave (2), submits, and writes the answer (3). */
const PLACES: Readonly<Record<string, Place>> = {
  'before the deed that lets it leave': {
    death: { write: 2, when: 'before' },
    found: ['send', 0],
    told: arrives,
    notes: () => ['accepted', 'delivered'],
  },
  'after that deed and before the bytes': {
    death: { write: 2, when: 'after' },
    found: ['submitted', 0],
    told: () => LOST,
    notes: () => ['expired'],
  },
  'after the bytes and before the answer': {
    death: null,
    found: ['submitted', 1],
    told: (kind) => (isHeard(kind) ? DELIVERED : LOST),
    notes: (kind) => (isHeard(kind) ? ['delivered'] : ['expired']),
  },
  'after the bytes, when no report ever comes,': {
    death: null,
    found: ['submitted', 1],
    told: (kind) => (isAsked(kind) ? TAKEN : LOST),
    notes: () => ['expired'],
    is_silent: true,
  },
  'after the answer and before its deed': {
    death: { write: 3, when: 'before' },
    found: ['submitted', 1],
    told: (kind) => (isHeard(kind) ? DELIVERED : LOST),
    notes: (kind) => (isHeard(kind) ? ['delivered'] : ['expired']),
  },
  'after the deed of the answer': {
    death: { write: 3, when: 'after' },
    found: ['awaited', 1],
    told: arrives,
    notes: () => ['accepted', 'delivered'],
  },
};

interface Story extends AsyncDisposable {
  readonly account: TestAccount;
  readonly house: House;
  readonly far: FarSide;
  readonly callbacks: WebhookReceiver;
  /** The messages that were charged before. */
  readonly known: ReadonlySet<string>;
}

/** A process with an account and a number, and the far side of its carrier. */
async function begin(engine: 'sqlite' | 'postgres', kind: string): Promise<Story> {
  const ends = new AsyncDisposableStack();
  const callbacks = ends.use(await webhookReceiver());
  const first = ends.use(await testApp({ engine }));
  const account = await first.anAccount();
  await aNumber(first, account);
  const house = ends.use(new House(first));
  const far = ends.use((await FAR_SIDES[kind]?.(house)) ?? assert.fail());
  const known = new Set((await listCharges(first, account)).map(({ key }) => key));
  return {
    account,
    house,
    far,
    callbacks,
    known,
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

const sendOne = ({ account, house, callbacks }: Story) =>
  send(house.process, account, { StatusCallback: `${callbacks.origin}/status` });

async function stepOf({ app }: TestApp, sid: string): Promise<string> {
  const task = await app.database.db
    .selectFrom('carrier_tasks')
    .select('step')
    .where('sid', '=', sid)
    .executeTakeFirstOrThrow();
  return JSON.parse(task.step).name;
}

/** Lets the far side report, and a day pass in which everything ends. */
async function outlive({ house, far }: Story, { is_silent = false } = {}): Promise<void> {
  const { process } = house;
  await process.deliver();
  if (!is_silent) await far.report();
  for (const ms of [0, MINUTE, TEN_HOURS, TEN_HOURS]) {
    process.advance(ms);
    process.advanceReal(ms);
    await process.deliver();
  }
}

function listCharges({ app }: TestApp, { sid }: TestAccount) {
  return app.database.db
    .selectFrom('usage_events')
    .select(['category', 'key'])
    .where('account_sid', '=', sid)
    .where('category', 'like', 'sms%')
    .execute();
}

/** The charges for messages since the beginning. The books must agree. */
async function chargesOf({ house, account, known }: Story): Promise<string[]> {
  const { found, differences } = await verify(house.process.app);
  assert.equal(found, 0, JSON.stringify(differences));
  const charges = await listCharges(house.process, account);
  return charges.filter(({ key }) => !known.has(key)).map(({ category }) => category);
}

async function assertEnd(
  story: Story,
  sid: string,
  { told, notes }: { readonly told: readonly string[]; readonly notes: readonly string[] },
): Promise<void> {
  const { account, house, callbacks } = story;
  const { process } = house;
  // Callbacks are sent beside each other, so they arrive in any order.
  const statuses = callbacks.received.map(
    ({ body }) => new URLSearchParams(body).get('MessageStatus') ?? '',
  );
  assert.deepEqual(statuses.toSorted(), told.toSorted());
  const { status, error_code } = await read(process, account, sid);
  assert.equal(status, told.at(-1));
  assert.equal(error_code, status === 'undelivered' ? 30008 : null);
  const details = await detailsOf(process, { sid, account_sid: account.sid }, 'note');
  // An upstream tells the states on the way too.
  const words = details.map(({ message }) => message);
  assert.deepEqual(
    words.filter((word) => word !== 'sent' && word !== 'buffered'),
    notes,
  );
  if (status === 'undelivered') assert.match(details.at(-1)?.detail, /nobody knows whether/);
  assert.deepEqual(await chargesOf(story), ['sms-outbound-longcode']);
}

for (const kind of Object.keys(FAR_SIDES)) {
  onEveryEngine(`a process with a carrier of the kind ${kind} that is killed`, (engine) => {
    for (const [place, { death, found, told, notes, is_silent }] of Object.entries(PLACES)) {
      test(`${place} sends nothing twice`, async () => {
        await using story = await begin(engine, kind);
        const { house, far } = story;
        const { sid } = await sendOne(story);
        if (death) house.dieAt(death);
        else void far.hold().then(() => house.die());
        await house.work();
        const survivor = await house.revive(far.carry);
        assert.deepEqual([await stepOf(survivor, sid), await far.taken()], found);
        await outlive(story, { is_silent });
        assert.ok((await far.taken()) <= 1);
        await assertEnd(story, sid, { told: told(kind), notes: notes(kind) });
      });
    }

    for (const when of ['before', 'after'] as const) {
      test(`${when} the deed of a receipt, which nobody acknowledged, tells it once`, async () => {
        await using story = await begin(engine, kind);
        const { house, far } = story;
        const { sid } = await sendOne(story);
        await house.process.deliver();
        house.dieAt({ write: 1, when });
        const reporting = far.report();
        await house.dead;
        await house.revive(far.carry);
        await reporting;
        await outlive(story);
        assert.equal(await far.taken(), 1);
        await assertEnd(story, sid, { told: DELIVERED, notes: ['accepted', 'delivered'] });
      });

      test(`${when} the deed of a message that comes in loses nothing`, async () => {
        await using story = await begin(engine, kind);
        const { house, far, account } = story;
        house.dieAt({ write: 1, when });
        const bringing = far.bring('Hello there');
        await house.dead;
        const survivor = await house.revive(far.carry);
        await bringing;
        const { json } = await survivor.get(`${messagesOf(account)}.json`, loginOf(account));
        const came = (json.messages as { sid: string; body: string }[])
          .filter((message) => !story.known.has(message.sid))
          .map(({ body }) => body);
        // A message over SMPP has no id by which its repeat could be known.
        const times = kind === 'smpp' && when === 'after' ? 2 : 1;
        assert.deepEqual(
          came,
          Array.from({ length: times }, () => 'Hello there'),
        );
        const charged = Array.from({ length: times }, () => 'sms-inbound-longcode');
        assert.deepEqual(await chargesOf(story), charged);
      });
    }
  });
}
