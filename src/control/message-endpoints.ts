import { z } from 'zod';
import { fetchAccount } from '../accounts/account-store.ts';
import { controlEndpoint } from '../http/control-endpoint.ts';
import { callbackUrl, clearableText } from '../http/parameters/fields.ts';
import { badRequest, conflict } from '../kit/api-error.ts';
import { BODY_LENGTH, MAX_MEDIA, MESSAGE, presentMessage } from '../messages/message.ts';
import { channelOf, numberIn, readAddress } from '../messages/message-address.ts';
import { receiveMessage } from '../messages/receive-message.ts';
import { findNumber } from '../numbers/incoming-phone-number-store.ts';
import { readDialledNumber } from '../numbers/phone-number.ts';
import { heldByNobody } from './control-fields.ts';

const phoneNumber = z
  .string()
  .transform((text) => readDialledNumber(text)?.number ?? readAddress(text))
  .refine(
    (number) => number !== null,
    'must be a phone number as +14155550100, or whatsapp:+14155550100',
  )
  .transform((number) => number ?? '');

export const messageControlEndpoints = [
  controlEndpoint({
    id: 'ControlReceiveMessage',
    summary: 'A message arrives from outside at a number of an account',
    method: 'POST',
    path: '/_tieline/messages',
    status: 201,
    input: z.strictObject({
      to: phoneNumber,
      from: phoneNumber,
      body: clearableText(BODY_LENGTH).default(''),
      media_urls: z
        .array(callbackUrl, { error: 'must be a list of URLs' })
        .max(MAX_MEDIA, `must hold at most ${MAX_MEDIA} URLs`)
        .default([]),
    }),
    output: MESSAGE.schema,
    account_of: async ({ db, input }) => (await findNumber(db, numberIn(input.to)))?.account_sid,
    async handle(call) {
      const { tx, input } = call;
      const { to, from, body, media_urls } = input;
      if (to === from) throw badRequest('from must not be the number that it is sent to.');
      const channel = channelOf(to);
      if (channelOf(from) !== channel) throw badRequest('from and to must be on the same channel.');
      const number = await findNumber(tx, numberIn(to));
      const account = number && (await fetchAccount(tx, number.account_sid));
      if (!account) throw heldByNobody(to);
      if (account.status !== 'active') throw conflict(`The account is ${account.status}.`);
      const message = await receiveMessage(call, account, number, {
        from,
        channel,
        body: body ?? '',
        media: media_urls
          .filter((url) => url !== null)
          .map((source_url) => ({ content_type: '', source_url, content: null })),
        due: null,
        hops: 0,
      });
      return presentMessage(message);
    },
  }),
];
