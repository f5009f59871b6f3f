import { z } from 'zod';
import { fetchAccount } from '../accounts/account-store.ts';
import { sid } from '../http/answers/resource.ts';
import { controlEndpoint, controlReadEndpoint } from '../http/control-endpoint.ts';
import { callbackUrl, clearableText } from '../http/parameters/fields.ts';
import { badRequest, conflict } from '../kit/api-error.ts';
import { decimalOf } from '../kit/money.ts';
import {
  BODY_LENGTH,
  costText,
  hasEnded,
  MAX_MEDIA,
  MESSAGE,
  MESSAGE_STATUSES,
  presentMessage,
} from '../messages/message.ts';
import { channelOf, numberIn, readAddress } from '../messages/message-address.ts';
import { receiveMessage } from '../messages/receive-message.ts';
import { findCarriedMessage } from '../messages/wire/carried-message-store.ts';
import { findNumber } from '../numbers/incoming-phone-number-store.ts';
import { readDialledNumber } from '../numbers/phone-number.ts';
import { decimalText, heldByNobody, missing, nothing } from './control-fields.ts';

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

  controlReadEndpoint({
    id: 'ControlFetchMessage',
    summary: 'A message with what its carrier told of it. No text and no address is in it',
    path: '/_tieline/messages/:Sid',
    input: nothing,
    output: z.object({
      sid: z.string(),
      account_sid: sid('AC'),
      status: z.enum(MESSAGE_STATUSES),
      error_code: z.int().nullable(),
      carrier: z.string().nullable().describe('Null: no carrier has named an id for it'),
      refs: z
        .array(
          z.object({
            part: z.int(),
            ref: z.string().describe('The id of the part there'),
            state: z.enum(['accepted', 'delivered', 'undelivered', 'failed']),
          }),
        )
        .describe('The parts that the carrier took'),
      price: decimalText.nullable().describe('The charge of the account, once the message ended'),
      price_unit: z.string(),
      carrier_cost: decimalText.nullable().describe('The price of the carrier, once it tells one'),
      carrier_cost_unit: z.string().nullable(),
    }),
    async handle({ db, path }) {
      const found = await findCarriedMessage(db, path.Sid);
      if (!found) throw missing('message', path.Sid);
      const { message, refs } = found;
      const charged = hasEnded(message) ? message.price_micro : null;
      return {
        sid: message.sid,
        account_sid: message.account_sid,
        status: message.status,
        error_code: message.error_code,
        carrier: refs[0]?.carrier ?? null,
        refs: refs.map(({ part, ref, state }) => ({ part, ref, state })),
        price: charged === null ? null : decimalOf(charged),
        price_unit: 'USD',
        carrier_cost: costText(message),
        carrier_cost_unit: message.carrier_cost_currency,
      };
    },
  }),
];
