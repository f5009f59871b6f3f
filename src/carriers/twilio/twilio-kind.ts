import { z } from 'zod';
import { CALLABLE_RULE, isCallable } from '../call-out.ts';
import type { CarrierKind } from '../carrier-kind.ts';
import { TwilioCarrier } from './twilio-carrier.ts';
import type { TwilioSettings } from './upstream.ts';

const SID_RULE = 'must be the SID of an account: AC and 32 hexadecimal digits';
const KEY_RULE = 'must be the SID of an API key: SK and 32 hexadecimal digits';

/** An upstream that speaks Twilio's API: docs/guides/carriers.md, "The kind twilio". */
export const twilioKind: CarrierKind<TwilioSettings> = {
  carries: ['messages'],
  settings: (secret) =>
    z.strictObject({
      base: z
        .string({ error: CALLABLE_RULE })
        .refine(isCallable, CALLABLE_RULE)
        .default('https://api.twilio.com')
        .transform((base) => base.replace(/\/+$/, '')),
      account_sid: z.string({ error: SID_RULE }).regex(/^AC[0-9a-f]{32}$/, SID_RULE),
      auth_token: secret(),
      api_key: z
        .strictObject(
          {
            sid: z.string({ error: KEY_RULE }).regex(/^SK[0-9a-f]{32}$/, KEY_RULE),
            secret: secret(),
          },
          { error: 'must be a map of sid and secret' },
        )
        .optional(),
    }),
  answers_keywords: true,
  open: (name, settings, outside) => new TwilioCarrier(name, settings, outside),
};
