import { refuseEmergency } from '../carriers/emergency.ts';
import type { PretendedCall } from '../http/endpoint.ts';
import { ApiError } from '../kit/api-error.ts';
import { TEST_NUMBER } from '../numbers/pretend-buy.ts';
import { readEndsAtHome } from '../numbers/read-ends.ts';
import { NOT_BEGUN, presentCall } from './call.ts';
import { checkNewCall, type NewCall } from './new-call.ts';

interface Refusal {
  readonly code: number;
  readonly text: (number: string) => string;
}

/** An invalid number to call from. All others but the test number are not the account's. */
const INVALID_CALLER = '+15005550001';

/** Numbers that cannot be called. */
const CALLED: Readonly<Record<string, Refusal>> = {
  '+15005550002': { code: 21214, text: (to) => `The 'To' number ${to} cannot be reached` },
  '+15005550003': {
    code: 21215,
    text: (to) => `Account not authorized to call ${to}: calls to its region are not allowed`,
  },
  '+15005550004': { code: 21216, text: (to) => `The account may not call the 'To' number ${to}` },
};

/**
 * Answers a call with test credentials. No number is called, no URL is requested, and no callback
 * is sent.
 * @throws ApiError 400 with the codes of calling, and of docs/contract/calls.md, "Test calls"
 */
export function pretendCall(
  { newSid, now, account_sid }: Pick<PretendedCall, 'newSid' | 'now' | 'account_sid'>,
  wanted: NewCall,
): ReturnType<typeof presentCall> {
  const call = checkNewCall(readEndsAtHome(wanted));
  const { to, from, direction, status_callback, status_callback_method } = call;
  refuseEmergency('calls', to);
  demandCaller(from);
  const refusal = CALLED[to];
  if (refusal) throw new ApiError(400, refusal.code, refusal.text(to));
  return presentCall({
    ...NOT_BEGUN,
    sid: newSid('CA'),
    account_sid,
    root_sid: account_sid,
    parent_call_sid: null,
    to,
    from,
    phone_number_sid: newSid('PN'),
    direction,
    forwarded_from: null,
    status_callback,
    status_callback_method,
    status_callback_events: JSON.stringify(call.status_callback_events),
    options: '{}',
    url_by_grant: null,
    created_by_grant: null,
    date_created: now,
    date_updated: now,
  });
}

function demandCaller(from: string): void {
  if (from === TEST_NUMBER) return;
  if (from === INVALID_CALLER) {
    throw new ApiError(400, 21212, `The 'From' number ${from} is not a valid phone number`);
  }
  const why = `The source phone number ${from} is not verified for your account`;
  throw new ApiError(400, 21210, `${why}: test credentials call from ${TEST_NUMBER}`);
}
