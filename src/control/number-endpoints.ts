import { z } from 'zod';
import { controlEndpoint } from '../http/control-endpoint.ts';
import { callbackUrl, FRIENDLY_NAME_LENGTH } from '../http/parameters/fields.ts';
import { nameText } from '../http/parameters/name-fields.ts';
import { giveNumber } from '../numbers/give-number.ts';
import {
  INCOMING_PHONE_NUMBER,
  presentIncomingPhoneNumber,
} from '../numbers/incoming-phone-number.ts';
import { readDialledNumber } from '../numbers/phone-number.ts';
import { demandAccount, sidText, withoutUndefined } from './control-fields.ts';

const RULE = 'must be a phone number as +14155550100';
const phoneNumber = z.string({ error: RULE }).transform((given, context) => {
  const number = readDialledNumber(given);
  if (number) return number;
  context.addIssue({ code: 'custom', message: RULE });
  return z.NEVER;
});
const method = z.enum(['GET', 'POST'], { error: 'must be GET or POST' });

export const numberControlEndpoints = [
  controlEndpoint({
    id: 'ControlCreatePhoneNumber',
    summary: 'Gives an account any phone number, on offer or not',
    method: 'POST',
    path: '/_tieline/phone_numbers',
    status: 201,
    development_only: true,
    input: z.strictObject({
      account_sid: sidText('AC'),
      phone_number: phoneNumber.describe('Any possible phone number, such as +15555550100'),
      sid: sidText('PN').optional(),
      friendly_name: nameText(FRIENDLY_NAME_LENGTH).optional(),
      sms_url: callbackUrl.optional(),
      sms_method: method.optional(),
      sms_fallback_url: callbackUrl.optional(),
      sms_fallback_method: method.optional(),
      voice_url: callbackUrl.optional(),
      voice_method: method.optional(),
      voice_fallback_url: callbackUrl.optional(),
      voice_fallback_method: method.optional(),
      status_callback: callbackUrl.optional(),
      status_callback_method: method.optional(),
    }),
    output: INCOMING_PHONE_NUMBER.schema,
    async handle(call) {
      const { account_sid, phone_number: number, sid, ...settings } = call.input;
      const account = await demandAccount(call.tx, account_sid);
      const given = { number, sid, settings: withoutUndefined(settings) };
      return presentIncomingPhoneNumber(await giveNumber(call, account, given));
    },
  }),
];
