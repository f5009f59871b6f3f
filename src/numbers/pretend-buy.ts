import type { PretendedCall } from '../http/endpoint.ts';
import { ApiError } from '../kit/api-error.ts';
import { newNumber, type WantedNumber } from './buy-number.ts';
import { presentIncomingPhoneNumber } from './incoming-phone-number.ts';
import { type NumberType, readDialledNumber } from './phone-number.ts';

/** The only number that test credentials can buy, send from and call from. */
export const TEST_NUMBER = '+15005550006';
/** The number that is taken. Every other number is invalid. */
const TAKEN_NUMBER = '+15005550000';
/** The area code of that number. */
const TEST_AREA_CODE = '500';

/**
 * The answer to buying a number with test credentials. The number stays free.
 * @throws ApiError 400: 21421, 21422 or 21452, by docs/contract/numbers.md, "Test numbers"
 */
export function pretendBuy(
  { newSid, now, account_sid }: Pick<PretendedCall, 'newSid' | 'now' | 'account_sid'>,
  wanted: WantedNumber,
): ReturnType<typeof presentIncomingPhoneNumber> {
  const type = 'area_code' in wanted ? demandArea(wanted.area_code) : demandNumber(wanted);
  const buyer = { app: { newSid }, now, actor: { grant_sid: null } };
  const found = { phone_number: TEST_NUMBER, iso_country: 'US', type };
  return presentIncomingPhoneNumber(
    newNumber(buyer, { sid: account_sid, owner_account_sid: account_sid }, found, wanted.settings),
  );
}

function demandArea(area_code: string): NumberType {
  if (area_code === TEST_AREA_CODE) return 'local';
  throw new ApiError(400, 21452, `No phone number is available in AreaCode ${area_code}`);
}

/** Checks the wanted number. It counts as a number of any type. */
function demandNumber({
  phone_number,
  type = 'local',
}: Extract<WantedNumber, { phone_number: string }>): NumberType {
  const number = readDialledNumber(phone_number)?.number;
  if (number === TEST_NUMBER) return type;
  if (number === TAKEN_NUMBER) {
    throw new ApiError(400, 21422, `PhoneNumber ${phone_number} is not available`);
  }
  throw new ApiError(400, 21421, `PhoneNumber ${phone_number} is not a valid number`);
}
