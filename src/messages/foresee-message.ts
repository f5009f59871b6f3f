import { fetchBalance } from '../access/credential-store.ts';
import { fetchActingAccount } from '../accounts/account-store.ts';
import { foreseeCharge } from '../carrier/foresee-charge.ts';
import type { Tx } from '../db/database.ts';
import type { Call } from '../http/endpoint.ts';
import { findNumber } from '../numbers/incoming-phone-number-store.ts';

import { categoryOf } from './message.ts';
import { channelOf, numberIn, readAddress, readSender } from './message-address.ts';
import type { NewMessage } from './new-message.ts';
import { hasOptedOut } from './opt-out-store.ts';

/**
 * Reads the rows that a message from a number or a name will need. A message of a messaging service
 * reads its own, and so does a scheduled one.
 */
export async function foreseeMessage(
  tx: Tx,
  { app, account_sid, principal }: Pick<Call, 'app' | 'account_sid' | 'principal'>,
  message: NewMessage,
): Promise<void> {
  const { owner_account_sid: root_sid } = principal.account;
  const from = readSender(message.from ?? '');
  const recipient = readAddress(message.to);
  const reads: Promise<unknown>[] = [
    fetchActingAccount(tx, account_sid),
    fetchBalance(tx, root_sid),
  ];
  const isPlain = message.messaging_service_sid === null && message.send_at === null;
  if (from !== null && recipient !== null && isPlain) {
    const is_mms = message.media_urls.length > 0 || message.sends_as_mms;
    const usage = { root_sid, account_sid, at: app.now() };
    reads.push(
      hasOptedOut(tx, { account_sid, phone_number: from, recipient }),
      findNumber(tx, numberIn(from)).then((number) => {
        const kind = { is_mms, type: number?.type ?? 'local', channel: channelOf(from) } as const;
        return foreseeCharge(tx, { ...usage, category: categoryOf('outbound', kind) });
      }),
    );
  }
  await Promise.all(reads);
}
