import { demandBalance } from '../access/spending.ts';
import type { ActingAccount } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { demandCarrier } from '../carriers/demand-carrier.ts';
import { handOver } from '../jobs/hand-over.ts';
import { ApiError, forbidden } from '../kit/api-error.ts';
import type { IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';
import { findNumber } from '../numbers/incoming-phone-number-store.ts';
import { demandCountry, demandRate } from '../numbers/limit-traffic.ts';
import { fetchTrunk } from '../voice/byoc-trunk-store.ts';
import { type Call, NOT_BEGUN, outboundCategory } from './call.ts';
import { isNumber, isTrunked } from './call-address.ts';
import type { CallOptions } from './call-options.ts';
import type { CallStep } from './call-step.ts';
import { insertCall } from './call-store.ts';
import { demandRoomForCall } from './limit-calls.ts';
import { checkNewCall, type NewCall } from './new-call.ts';
import { keepSipPassword } from './sip-password.ts';

/**
 * Makes a call and hands it to the carrier, in one deed. The actor counts as its maker and as the
 * owner of its URLs. The call is metered when it has ended.
 * @param due the time of the dialling
 * @throws ApiError 400 with Twilio's codes; 403/20403 while the account is not active, its balance too
 *   low or the app past its limits; 429 with 20429 or 10004 beyond the account's limits of calls.
 */
export async function makeCall(
  act: Act,
  account: ActingAccount,
  wanted: NewCall,
  due: number = act.now,
): Promise<Call> {
  const { app, tx, now, actor } = act;
  const call = checkNewCall(wanted);
  if (account.status !== 'active') throw forbidden(`The account is ${account.status}`);
  await demandBalance(act, account);
  const number = await callerOf(act, account, call);
  await demandTrunk(act, account, call);
  const link = number?.carrier ?? null;
  const is_trunked = isTrunked(call.to, call.options);
  const way = { traffic: 'calls', to: call.to, from: call.from, link, is_trunked } as const;
  demandCarrier(act, account, way);
  await demandCountry(act, account, way);
  await demandRate(act, account, 'calls');
  await demandRoomForCall(act, account);
  const { to, from, direction, status_callback, status_callback_method } = call;
  const options: CallOptions = {
    ...call.options,
    category: outboundCategory(to),
    callback_by_grant: status_callback === null ? null : actor.grant_sid,
  };
  const made = await insertCall(tx, {
    ...NOT_BEGUN,
    sid: app.newSid('CA'),
    account_sid: account.sid,
    root_sid: account.owner_account_sid,
    parent_call_sid: call.parent_call_sid,
    to,
    from,
    phone_number_sid: number?.sid ?? null,
    direction,
    forwarded_from: call.forwarded_from,
    status_callback,
    status_callback_method,
    status_callback_events: JSON.stringify(call.status_callback_events),
    options: JSON.stringify(options),
    url_by_grant: actor.grant_sid,
    created_by_grant: actor.grant_sid,
    date_created: now,
    date_updated: now,
  });
  if (call.sip_auth_password !== null) {
    await keepSipPassword(act, made, call.sip_auth_password);
  }
  const step: CallStep = { name: 'start' };
  await handOver(act, { ...made, kind: 'call' }, { step, date_next: due }, { is_new: true });
  return made;
}

/** @throws ApiError 400/21300 for a trunk that is not the account's. */
async function demandTrunk(
  { tx }: Act,
  account: ActingAccount,
  { options }: NewCall,
): Promise<void> {
  const { byoc } = options;
  if (byoc === null || (await fetchTrunk(tx, account.sid, byoc))) return;
  throw new ApiError(400, 21300, `'Byoc' ${byoc} is not one of the account's trunks`);
}

/**
 * The account's number that a call comes from. A `Dial` may show another number, which
 * `dial-numbers.ts` has checked.
 * @throws ApiError 400/21210 for a number that is not the account's.
 */
async function callerOf(
  { tx }: Act,
  account: ActingAccount,
  { from, direction }: NewCall,
): Promise<IncomingPhoneNumber | null> {
  if (!isNumber(from)) return null;
  const number = await findNumber(tx, from);
  const own = number?.account_sid === account.sid ? number : null;
  if (own === null && direction === 'outbound-api') {
    const why = `The source phone number ${from} is not verified for your account`;
    throw new ApiError(400, 21210, `${why}: it is not one of the account's numbers`);
  }
  return own;
}
