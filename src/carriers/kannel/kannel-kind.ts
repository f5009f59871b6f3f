import { z } from 'zod';
import { CALLABLE_RULE, isCallable } from '../call-out.ts';
import type { CarrierKind } from '../carrier-kind.ts';
import { KannelCarrier } from './kannel-carrier.ts';
import { type KannelSettings, METHODS } from './kannel-settings.ts';

const MIN_SECRET = 16;
const MAX_NAME = 100;
const SECRET_RULE = `must have at least ${MIN_SECRET} characters`;
const NAME_RULE = `must be a text of 1 to ${MAX_NAME} characters`;
const METHOD_RULE = `must be one of ${METHODS.join(', ')}`;

const name = z.string({ error: NAME_RULE }).min(1, NAME_RULE).max(MAX_NAME, NAME_RULE);

/** A gateway with Kannel's interface: docs/guides/carriers.md, "The kind kannel". */
export const kannelKind: CarrierKind<KannelSettings> = {
  carries: ['messages'],
  settings: (secret) =>
    z.strictObject({
      url: z.string({ error: CALLABLE_RULE }).refine(isCallable, CALLABLE_RULE),
      username: name,
      password: secret(),
      secret: secret().refine((text) => text.length >= MIN_SECRET, SECRET_RULE),
      method: z.enum(METHODS, { error: METHOD_RULE }).default('get'),
      smsc: name.optional(),
    }),
  open: (carrier, settings, outside) => new KannelCarrier(carrier, settings, outside),
};
