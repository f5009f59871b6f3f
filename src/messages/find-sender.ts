import type { Db } from '../db/open-database.ts';
import type { IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';
import { findNumber } from '../numbers/incoming-phone-number-store.ts';
import { traitsOf } from '../numbers/numbering-plan.ts';
import { hasOptedOut } from './opt-out-store.ts';
import { fetchSenders } from './sender-store.ts';

/** The number that a message comes from, or why there is none: a code of `message-error.ts`. */
export type Sender =
  | { readonly number: IncomingPhoneNumber; readonly code: null }
  | { readonly number: null; readonly code: 21606 | 21610 | 21704 };

/** What a message comes from and goes to, and whether it carries more than text. */
interface Wanted {
  readonly from: string | null;
  readonly to: string;
  readonly is_mms: boolean;
}

/**
 * Finds the number of an account that a message is to come from: the one that is asked for, or
 * the first that can send it when the message is for a messaging service. Whoever has written
 * STOP to that number gets nothing more from it.
 */
export async function findSender(
  db: Db,
  account_sid: string,
  { from, to, is_mms }: Wanted,
): Promise<Sender> {
  const numbers =
    from === null ? await fetchSenders(db, account_sid) : [await findNumber(db, from)];
  const number = numbers.find((one) => one?.account_sid === account_sid && canSend(one, is_mms));
  if (!number) return { number: null, code: from === null ? 21704 : 21606 };
  const pair = { account_sid, phone_number: number.phone_number, recipient: to };
  return (await hasOptedOut(db, pair)) ? { number: null, code: 21610 } : { number, code: null };
}

function canSend(number: IncomingPhoneNumber, is_mms: boolean): boolean {
  const { sms, mms } = traitsOf(number).capabilities;
  return is_mms ? mms : sms;
}
