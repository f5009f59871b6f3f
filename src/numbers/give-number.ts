import type { Account } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { demandRoom } from '../db/limit.ts';
import { conflict } from '../kit/api-error.ts';
import { newNumber, takeNumber, type WantedNumber } from './buy-number.ts';
import { type IncomingPhoneNumber, MAX_NUMBERS } from './incoming-phone-number.ts';
import { countNumbers, findNumber, findNumberBySid } from './incoming-phone-number-store.ts';
import { areaOf } from './numbering-plan.ts';
import type { PhoneNumber } from './phone-number.ts';

/** A number for a test. It may be one that no numbering plan has. */
export interface GivenNumber {
  readonly number: PhoneNumber;
  readonly sid?: string | undefined;
  readonly settings: WantedNumber['settings'];
}

/**
 * Gives an account a certain number, whether it is on offer or not, and charges the rent of a
 * bought number.
 * @throws ApiError 409 for a number that is held and for a SID that exists; 400 when the account
 *   has the most numbers it may have
 */
export async function giveNumber(
  act: Act,
  account: Account,
  { number: { number: phone_number, iso_country, type }, sid, settings }: GivenNumber,
): Promise<IncomingPhoneNumber> {
  const { app, tx } = act;
  if (sid !== undefined && (await findNumberBySid(tx, sid))) {
    throw conflict(`There is a phone number ${sid} already.`);
  }
  await demandRoom(tx, app.database.engine, {
    account_sid: account.sid,
    max: MAX_NUMBERS,
    rule: `An account may have ${MAX_NUMBERS} phone numbers; release one first`,
    count: () => countNumbers(tx, account.sid),
  });
  const country = areaOf(phone_number)?.iso_country ?? iso_country ?? UNKNOWN_COUNTRY;
  const found = { phone_number, iso_country: country, type };
  const number = newNumber(act, account, found, settings);
  const given = sid === undefined ? number : { ...number, sid };
  if (await takeNumber(act, given, settings)) return given;
  const holder = (await findNumber(tx, phone_number))?.account_sid ?? 'another one';
  throw conflict(`The account ${holder} holds ${phone_number} already.`);
}

/** The country of numbers that no plan knows. Most of them are fictional American numbers. */
const UNKNOWN_COUNTRY = 'US';
