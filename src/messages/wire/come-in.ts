import { createHash } from 'node:crypto';
import { laneOf } from '../../access/main-accounts.ts';
import { fetchActingAccount } from '../../accounts/account-store.ts';
import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import { SYSTEM } from '../../audit/audit-event.ts';
import type { Inbound, InMessage } from '../../carriers/message-carrier.ts';
import { findNumber } from '../../numbers/incoming-phone-number-store.ts';
import { channelOf, numberIn, readAddress, readHeld } from '../message-address.ts';
import { fetchMessage } from '../message-store.ts';
import { receiveMessage } from '../receive-message.ts';
import { findRef } from './carrier-ref-store.ts';
import { settleAnswer } from './settle-answer.ts';
import { settlePart } from './settle-part.ts';
import { settleWire } from './settle-wire.ts';

/** The product's side of the carriers: it records their reports and the messages that come in. */
export function inboundOf(app: App): Inbound {
  return {
    async receipt(by, { of, state, code, detail }) {
      const report = { by, event: state, code, detail };
      if ('sid' in of) {
        return (await settleWire(app, { ...report, sid: of.sid })) ? 'kept' : 'unknown';
      }
      const ref = await findRef(app.database.db, by, of);
      if (!ref) return 'unknown';
      await settlePart(app, ref, report);
      return 'kept';
    },
    answer: (by, sid, submitted) => settleAnswer(app, { by, sid }, submitted),
    message: (by, message) => comeIn(app, by, message),
  };
}

/** A repeat has the same SID, so it is recognized however long ago the first one was. */
async function comeIn(app: App, by: string, message: InMessage): Promise<'kept' | 'unknown'> {
  const to = readHeld(message.to);
  const found = to === null ? undefined : await findNumber(app.database.db, numberIn(to));
  if (!found || to === null) return 'unknown';
  const { media } = message;
  const sid = message.id === null ? undefined : sidOf(by, message.id, media.length > 0);
  const lane = await laneOf(app, found.account_sid);
  const deed = async (doing: Parameters<Parameters<typeof act>[2]>[0]) => {
    const number = await findNumber(doing.tx, numberIn(to));
    const account = number && (await fetchActingAccount(doing.tx, number.account_sid));
    if (!number || account?.status !== 'active') return 'unknown' as const;
    if (sid !== undefined && (await fetchMessage(doing.tx, account.sid, sid))) {
      return 'kept' as const;
    }
    await receiveMessage(doing, account, number, {
      from: readAddress(message.from) ?? message.from,
      channel: channelOf(to),
      body: message.body,
      media: media.map(({ content_type, content, source_url }) => ({
        content_type,
        content: content === null ? null : content.toString('base64'),
        source_url,
      })),
      due: null,
      hops: 0,
      ...(sid !== undefined && { sid }),
    });
    return 'kept' as const;
  };
  return act(app, SYSTEM, deed, { lane });
}

function sidOf(by: string, id: string, is_mms: boolean): string {
  const digest = createHash('sha256').update(`${by}\n${id}`).digest('hex');
  return `${is_mms ? 'MM' : 'SM'}${digest.slice(0, 32)}`;
}
