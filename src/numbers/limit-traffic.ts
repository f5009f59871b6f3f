import { readCountries } from '../access/countries.ts';
import { demandGrantReach } from '../access/spending.ts';
import type { ActingAccount } from '../accounts/account.ts';
import type { TrafficLimits } from '../accounts/account-limits.ts';
import { fetchActingAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import type { Traffic } from '../carriers/carrier-kind.ts';
import { isSimulated } from '../carriers/demand-carrier.ts';
import { lineUpOf } from '../carriers/line-up.ts';
import { isWithinRate } from '../carriers/traffic-rate.ts';
import { ApiError } from '../kit/api-error.ts';
import { countryOf, isNumberIn } from './phone-number.ts';

/** Both ends of a message or a call, and the carrier that the stock names for the sender. */
interface Ends {
  readonly traffic: Traffic;
  /** A number in E.164; or another address, which is in no country. */
  readonly to: string;
  readonly from: string | null;
  readonly link: string | null;
}

/** Twilio's codes for a region that the account may not reach. */
const REGION_CODES = { messages: 21408, calls: 21215 } as const;
const RATES = { messages: 'max_messages_per_second', calls: 'max_calls_per_second' } as const;

/**
 * Refuses a recipient outside of the countries of the app's grant, of the account, or of its main
 * account. In production an account without countries may reach none by a carrier that is not
 * simulated.
 * @throws ApiError 403/20403 for the grant; 400 with 21408 or 21215 for the account
 */
export async function demandCountry(act: Act, account: ActingAccount, ends: Ends): Promise<void> {
  const { traffic, to } = ends;
  if (!to.startsWith('+')) return;
  const country = countryOf(to);
  await demandGrantReach(act, { country, isIn: (countries) => isNumberIn(to, countries) });
  const lists = await countriesOf(act, account);
  const isOpen = act.app.config.mode === 'development' || isSimulated(act, account, ends);
  const isReached = lists.every((countries) => isNumberIn(to, countries));
  if (isReached && (lists.length > 0 || isOpen)) return;
  const why = `The account may not reach ${to}, which is in the country ${country}`;
  const says = 'the operator sets the countries of the account, or those of the file --carriers';
  throw new ApiError(400, REGION_CODES[traffic], why, {
    headers: { 'Tieline-Reason': `country="${country}", says="${says}"` },
  });
}

/** The lists of countries that hold for an account; none if nobody has set one. */
async function countriesOf(act: Act, account: ActingAccount): Promise<(readonly string[])[]> {
  const set = (await limitedBy(act, account)).map(({ countries }) => countries);
  const own = set.filter((countries) => countries !== null);
  const lists = own.length > 0 ? own : [lineUpOf(act.app).plan.limits.countries];
  return lists.map((text) => readCountries(text)).filter((list) => list !== null);
}

/**
 * Counts one more message or call of an account and of its main account in this second.
 * @throws ApiError 429/20429
 */
export async function demandRate(
  act: Act,
  account: ActingAccount,
  traffic: Traffic,
): Promise<void> {
  const name = RATES[traffic];
  for (const { sid, [name]: own } of await limitedBy(act, account)) {
    const isMain = sid === account.owner_account_sid;
    const most = own ?? (isMain ? lineUpOf(act.app).plan.limits[name] : null);
    if (most === null || isWithinRate(act.app, `${traffic} ${sid}`, most)) continue;
    const why = `The account ${sid} may begin ${most} ${traffic} in a second, and this is one more`;
    throw new ApiError(429, 20429, why, {
      headers: { 'Retry-After': '1', 'Tieline-Reason': `limit="${name}", account="${sid}"` },
    });
  }
}

/** The accounts whose limits hold: the account itself, and its main account. */
export async function limitedBy(
  { tx }: Act,
  account: ActingAccount,
): Promise<readonly (TrafficLimits & { readonly sid: string })[]> {
  const { sid, owner_account_sid } = account;
  const main = sid === owner_account_sid ? null : await fetchActingAccount(tx, owner_account_sid);
  return main ? [account, main] : [account];
}
