import type { ActingAccount } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { badRequest, conflict } from '../kit/api-error.ts';
import { findOwnNumber } from '../numbers/incoming-phone-number-store.ts';
import type { MessagingService } from './messaging-service.ts';
import { insertMessagingService } from './messaging-service-store.ts';

/** A requested service. Without a SID it gets one. Without numbers it has all of the account. */
export interface NewMessagingService {
  readonly sid?: string | undefined;
  /** The numbers in E.164. */
  readonly phone_numbers?: readonly string[] | undefined;
}

/**
 * Makes a messaging service of an account.
 * @throws ApiError 400 for a number that the account does not hold; 409 for a SID that is taken.
 */
export async function createMessagingService(
  act: Act,
  account: ActingAccount,
  wanted: NewMessagingService,
): Promise<MessagingService> {
  const { app, tx, now, record } = act;
  const { sid: account_sid } = account;
  const phone_numbers = wanted.phone_numbers && [...new Set(wanted.phone_numbers)];
  for (const number of phone_numbers ?? []) {
    if (await findOwnNumber(tx, account_sid, number)) continue;
    throw badRequest(`The account does not hold ${number}: buy it first, or leave it out.`);
  }
  const service: MessagingService = {
    sid: wanted.sid ?? app.newSid('MG'),
    account_sid,
    root_sid: account.owner_account_sid,
    phone_numbers: phone_numbers ? JSON.stringify(phone_numbers) : null,
    date_created: now,
    date_updated: now,
  };
  if (!(await insertMessagingService(tx, service))) {
    throw conflict(`There is a messaging service ${service.sid} already.`);
  }
  const detail = { phone_numbers: phone_numbers ?? null };
  record({ action: 'messaging_service.created', account_sid, target_sid: service.sid, detail });
  return service;
}
