import { z } from 'zod';
import type { SecretReader } from '../secret.ts';
import type { Split } from './outgoing.ts';

/** The ways of dividing a long text, by the words of the operator's file. */
const SEGMENTATION = {
  udh: 'udh8',
  udh16: 'udh16',
  sar: 'sar',
  message_payload: 'payload',
} as const satisfies Record<string, Split>;
const MAX_HOST = 253;
const MAX_PORT = 65_535;
const MAX_WINDOW = 1_000;
const MAX_RATE = 10_000;
const MAX_ENQUIRE_S = 600;
const MIN_ENQUIRE_S = 5;

const text = (max: number) =>
  z
    .string({ error: 'must be a text in quotes' })
    .regex(/^[\x20-\x7e]*$/, 'must have letters of ASCII only')
    .max(max, `must have at most ${max} characters`);

function whole(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int({ error: rule }).min(min, rule).max(max, rule);
}

function oneOf<const T extends string>(words: readonly T[]) {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` });
}

/** The fields of a carrier of the kind `smpp`: docs/guides/carriers.md, "The kind smpp". */
export function smppSettings(secret: SecretReader) {
  return z.strictObject({
    host: text(MAX_HOST).min(1, 'must be a host name or an address'),
    port: whole(1, MAX_PORT).default(2775),
    tls: z.boolean({ error: 'must be true or false' }).default(false),
    tls_ca: secret().optional(),
    bind: oneOf(['transceiver', 'separate']).default('transceiver'),
    system_id: text(15),
    password: secret().refine((value) => value.length <= 8, 'must have at most 8 characters'),
    system_type: text(12).default(''),
    service_type: text(5).default(''),
    window: whole(1, MAX_WINDOW).default(10),
    rate: whole(1, MAX_RATE).default(50),
    enquire_link: whole(MIN_ENQUIRE_S, MAX_ENQUIRE_S).default(30),
    ids: oneOf(['same', 'resp-hex', 'resp-decimal', 'unknown']).default('unknown'),
    alphabet: oneOf(['gsm', 'latin1', 'ascii']).default('gsm'),
    segmentation: oneOf(['udh', 'udh16', 'sar', 'message_payload'])
      .default('udh')
      .transform((word) => SEGMENTATION[word]),
    country_code: text(3)
      .regex(/^[1-9]\d{0,2}$/, 'must be a country code as "49"')
      .optional(),
    source_ton: whole(0, 6).optional(),
    source_npi: whole(0, 18).optional(),
    dest_ton: whole(0, 6).optional(),
    dest_npi: whole(0, 18).optional(),
    validity: z.boolean({ error: 'must be true or false' }).default(true),
  });
}

export type SmppCarrierSettings = z.output<ReturnType<typeof smppSettings>> & {
  readonly [field: string]: unknown;
};
