import { demandBalance } from '../access/spending.ts';
import type { Account } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { demandRoom } from '../db/limit.ts';
import { handOver } from '../jobs/hand-over.ts';
import { ApiError } from '../kit/api-error.ts';
import { type IncomingPhoneNumber, MAX_NUMBERS, urlGrantsAfter } from './incoming-phone-number.ts';
import { countNumbers, insertNumber, type NumberChanges } from './incoming-phone-number-store.ts';
import { ANY_NUMBER, type AreaOfNumber } from './number-filter.ts';
import { areaOf, COUNTRIES } from './numbering-plan.ts';
import { offerNumbers } from './offer-numbers.ts';
import {
  isAssignable,
  isShortCode,
  type NumberType,
  readDialledNumber,
  readPhoneNumber,
} from './phone-number.ts';
import { chargeRent, nextRent } from './rent-number.ts';
import type { StockNumber } from './stock-number.ts';
import { lockStockNumber } from './stock-number-store.ts';

/** A certain number. With a type, the number must be of that type. */
interface WantedByNumber {
  readonly phone_number: string;
  readonly type?: NumberType | undefined;
}

/** The number that a buyer wants: a certain one, or any one in an area. */
export type WantedNumber = (WantedByNumber | { readonly area_code: string }) & {
  readonly settings: Omit<NumberChanges, 'account_sid' | 'url_grants'>;
};

/** The facts about the buyer that go into the row of the number. */
interface Buyer extends Pick<Act, 'now'> {
  readonly app: Pick<Act['app'], 'newSid'>;
  readonly actor: Pick<Act['actor'], 'grant_sid'>;
}

type FoundNumber = Pick<IncomingPhoneNumber, 'phone_number' | 'iso_country' | 'type'> &
  Partial<Pick<IncomingPhoneNumber, 'carrier' | 'capabilities'>>;

/** The attempts to find a number of an area, when others buy in it at the same moment. */
const MAX_TRIES = 10;

/**
 * Buys a number for the account, charges its first month, and makes the rent due one calendar month
 * later.
 *
 * @throws ApiError 400: 21421 for text that is not a number, 21422 for a number that is not on
 *   offer or is held, 21452 for an area without numbers, 20001 when the account has the most
 *   numbers it may have; 403 when the balance is too low or a Connect app would exceed its grant's
 *   limit
 */
export async function buyNumber(
  act: Act,
  account: Account,
  wanted: WantedNumber,
): Promise<IncomingPhoneNumber> {
  const { app, tx } = act;
  await demandBalance(act, account);
  const found =
    'phone_number' in wanted
      ? [await findWanted(act, wanted)]
      : await findInArea(act, wanted.area_code);
  await demandRoom(tx, app.database.engine, {
    account_sid: account.sid,
    max: MAX_NUMBERS,
    rule: `An account may have ${MAX_NUMBERS} phone numbers; release one first`,
    count: () => countNumbers(tx, account.sid),
  });
  for (const one of found) {
    const number = newNumber(act, account, one, wanted.settings);
    if (await takeNumber(act, number, wanted.settings)) return number;
  }
  throw 'phone_number' in wanted ? unavailable(wanted.phone_number) : noneIn(wanted.area_code);
}

/**
 * Gives a number to its account and charges its first month.
 * @returns false when the number is held already
 */
export async function takeNumber(
  act: Act,
  number: IncomingPhoneNumber,
  settings: WantedNumber['settings'],
): Promise<boolean> {
  const { account_sid, root_sid, sid, phone_number } = number;
  if (!(await insertNumber(act.tx, number))) return false;
  await chargeRent(act, number, 0);
  await handOver(act, { sid, account_sid, root_sid, kind: 'number' }, nextRent(number, 0));
  act.record({
    action: 'incoming_phone_number.created',
    account_sid,
    target_sid: sid,
    detail: { phone_number, ...settings },
  });
  return true;
}

/**
 * Finds a certain number: in the stock, or in development also in the numbering plan.
 * @throws ApiError 400
 */
async function findWanted(act: Act, wanted: WantedByNumber): Promise<FoundNumber> {
  const { app, tx, now } = act;
  const { phone_number, type } = wanted;
  const read = readDialledNumber(phone_number)?.number;
  const number = isShortCode(phone_number) ? phone_number : read;
  const engine = app.database.engine;
  const stocked = number === undefined ? undefined : await lockStockNumber(tx, engine, number);
  if (stocked) {
    const isFree = stocked.date_free <= now && (type === undefined || type === stocked.type);
    if (isFree) return foundIn(stocked);
    throw unavailable(phone_number, type);
  }
  const planned = readWanted(wanted);
  if (app.config.mode === 'production') throw unavailable(phone_number, type);
  return planned;
}

function foundIn(stocked: StockNumber): FoundNumber {
  const { phone_number, iso_country, type, carrier, capabilities } = stocked;
  return { phone_number, iso_country, type, carrier, capabilities };
}

/** @throws ApiError 400 */
function readWanted({ phone_number, type }: WantedByNumber): FoundNumber {
  const read = readDialledNumber(phone_number);
  if (!read || !isAssignable(read.number)) {
    throw new ApiError(400, 21421, `PhoneNumber ${phone_number} is not a valid number`);
  }
  // Countries with the same code share some numbers. The plan decides the country here.
  const iso_country = areaOf(read.number)?.iso_country ?? read.iso_country;
  const isSold = iso_country !== null && COUNTRIES.has(iso_country);
  if (!isSold || (type !== undefined && type !== read.type)) throw unavailable(phone_number, type);
  return { phone_number: read.number, iso_country, type: read.type };
}

function unavailable(phone_number: string, type?: NumberType): ApiError {
  const as = type === undefined ? '' : ` as a ${type} number`;
  return new ApiError(400, 21422, `PhoneNumber ${phone_number} is not available${as}`);
}

function noneIn(area_code: string): ApiError {
  return new ApiError(400, 21452, `No phone number is available in AreaCode ${area_code}`);
}

/** @throws ApiError 400/21452 */
async function findInArea({ app, tx, now }: Act, area_code: string): Promise<FoundNumber[]> {
  const filter = { ...ANY_NUMBER, fits: (area: AreaOfNumber) => area.area_code === area_code };
  const found: FoundNumber[] = [];
  for (const iso_country of ['US', 'CA']) {
    const wanted = { iso_country, kind: 'Local', filter } as const;
    const offered = await offerNumbers(app, tx, { ...wanted, now }, MAX_TRIES);
    found.push(
      ...offered.map(({ number, carrier, capability_words: capabilities }) => ({
        phone_number: number,
        iso_country,
        type: 'local' as const,
        carrier,
        capabilities,
      })),
    );
  }
  if (found.length === 0) throw noneIn(area_code);
  return found;
}

/** The row of a number that has just been bought. */
export function newNumber(
  { app, now, actor }: Buyer,
  account: Pick<Account, 'sid' | 'owner_account_sid'>,
  found: FoundNumber,
  settings: WantedNumber['settings'],
): IncomingPhoneNumber {
  return {
    address_sid: null,
    bundle_sid: null,
    identity_sid: null,
    emergency_address_sid: null,
    emergency_status: 'Inactive',
    sms_application_sid: null,
    sms_url: null,
    sms_method: 'POST',
    sms_fallback_url: null,
    sms_fallback_method: 'POST',
    status_callback: null,
    status_callback_method: 'POST',
    trunk_sid: null,
    voice_application_sid: null,
    voice_caller_id_lookup: 0,
    voice_receive_mode: 'voice',
    voice_url: null,
    voice_method: 'POST',
    voice_fallback_url: null,
    voice_fallback_method: 'POST',
    carrier: null,
    capabilities: null,
    friendly_name: readPhoneNumber(found.phone_number)?.formatted ?? found.phone_number,
    ...settings,
    ...found,
    ...urlGrantsAfter({ url_grants: '{}' }, settings, actor.grant_sid),
    sid: app.newSid('PN'),
    account_sid: account.sid,
    root_sid: account.owner_account_sid,
    created_by_grant: actor.grant_sid,
    date_created: now,
    date_updated: now,
  };
}
