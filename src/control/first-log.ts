import type { Account } from '../accounts/account.ts';
import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import { handOver } from '../jobs/hand-over.ts';
import { DAY_MS } from '../kit/day.ts';
import type { EpochMs } from '../kit/utc.ts';
import { newNumber } from '../numbers/buy-number.ts';
import type { IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';
import { insertNumber } from '../numbers/incoming-phone-number-store.ts';
import { ANY_NUMBER } from '../numbers/number-filter.ts';
import { COUNTRIES, type NumberKind } from '../numbers/numbering-plan.ts';
import { offerNumbers } from '../numbers/offer-numbers.ts';
import { chargeRent, nextRent } from '../numbers/rent-number.ts';
import { meterUsage } from '../usage/meter-usage.ts';
import { readUsage } from '../usage/read-usage.ts';
import { planCalls } from './first-log-calls.ts';
import { planMessages } from './first-log-messages.ts';
import type { LogPlan, Planned } from './first-log-plan.ts';
import { insertFirstLog } from './first-log-store.ts';

/** The age of the accounts of a first start. Usage is accepted for 35 days. */
const FIRST_LOG_DAYS = 30;
/** The age of the numbers: less than the shortest month, so that only the first rent was due. */
const NUMBERS_FOR_DAYS = 27;

/** The numbers that the account bought: two of one kind and one of another. */
const BOUGHT: readonly (readonly [country: string, kind: NumberKind, count: number])[] = [
  ['US', 'Local', 2],
  ['US', 'TollFree', 1],
];

/**
 * Gives the customer of a first start a log of a month, as if the account itself had acted:
 * numbers, messages and calls in every final state, recordings, and their usage. The log depends
 * only on the secret key and on the time of the start.
 */
export async function createFirstLog(doing: Act, account: Account): Promise<void> {
  const { app, now, tx } = doing;
  const begun = now - NUMBERS_FOR_DAYS * DAY_MS;
  const numbers = await buyNumbers({ ...doing, now: begun }, account);
  const plan: LogPlan = {
    account_sid: account.sid,
    begun,
    ended: now,
    numbers,
    sidOf: (prefix, name) => prefix + derived(app, name),
    draw: drawer(app),
  };
  const messages = planMessages(plan);
  const calls = planCalls(plan);
  const recordings = calls.flatMap(({ recording }) => recording ?? []);
  const transcriptions = calls.flatMap(({ transcription }) => transcription ?? []);
  const prices = await meter(doing, [...messages, ...calls, ...recordings, ...transcriptions]);
  const priced = <Row extends { sid: string }>(planned: readonly Planned<Row>[]): Row[] =>
    planned.map(({ row }) => ({ ...row, price_micro: prices.get(row.sid) ?? null }));
  await insertFirstLog(tx, {
    messages: priced(messages),
    calls: priced(calls),
    timeline: [...messages, ...calls].flatMap(({ timeline }) => timeline),
    recordings: priced(recordings),
    transcriptions: priced(transcriptions),
  });
}

function derived({ keyRing }: App, name: string): string {
  return keyRing.derive(`first log, ${name}`, 16).toString('hex');
}

const DRAWS = 1_024;

/** Draws numbers from a sequence that depends on the secret key. */
function drawer({ keyRing }: App): LogPlan['draw'] {
  const bytes = keyRing.derive('first log, draws', 2 * DRAWS);
  let drawn = 0;
  return (below) => {
    const value = bytes.readUInt16BE(2 * (drawn % DRAWS)) % below;
    drawn += 1;
    return value;
  };
}

/** Buys the first numbers on offer, and plans their rent. */
async function buyNumbers(then: Act, account: Account): Promise<IncomingPhoneNumber[]> {
  const { app, tx, actor } = then;
  const bought: IncomingPhoneNumber[] = [];
  for (const [iso_country, kind, count] of BOUGHT) {
    const offer = COUNTRIES.get(iso_country)?.offers[kind];
    if (!offer) throw new Error(`There is no ${kind} number in ${iso_country} to begin with`);
    const { type } = offer;
    const sought = { iso_country, kind, filter: ANY_NUMBER, now: then.now };
    for (const { number: phone_number } of await offerNumbers(app, tx, sought, count)) {
      const buyer = { app: { newSid: sidsOf(app, phone_number) }, now: then.now, actor };
      const found = { phone_number, iso_country, type };
      const number = newNumber(buyer, account, found, {});
      await insertNumber(tx, number);
      await chargeRent(then, number, 0);
      await handOver(then, { ...number, kind: 'number' }, nextRent(number, 0));
      bought.push(number);
    }
  }
  return bought;
}

function sidsOf(app: App, name: string): App['newSid'] {
  return (prefix) => prefix + derived(app, name);
}

/** Meters all usage, each at its own time. @returns the prices by SID, in millionths */
async function meter(
  doing: Act,
  planned: readonly Pick<Planned<unknown>, 'used'>[],
): Promise<ReadonlyMap<string, number>> {
  const told = planned.flatMap(({ used }) => used ?? []);
  const events = await readUsage(doing, told);
  await meterUsage(doing, events);
  return new Map(events.map(({ key, price_micro }) => [key, price_micro]));
}

/** The creation time of the accounts of a first start. */
export function beginningOf(now: EpochMs): EpochMs {
  return now - FIRST_LOG_DAYS * DAY_MS;
}
