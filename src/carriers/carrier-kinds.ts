import { z } from 'zod';
import type { CarrierKind } from './carrier-kind.ts';
import { httpKind } from './http/http-carrier.ts';
import { kannelKind } from './kannel/kannel-kind.ts';
import { sipKind } from './sip-trunk/sip-kind.ts';
import { smppKind } from './smpp/smpp-carrier.ts';
import { twilioKind } from './twilio/twilio-kind.ts';

/** The simulated carrier takes everything and needs no settings. */
const simulated: CarrierKind = {
  carries: ['calls', 'messages'],
  settings: () => z.strictObject({}),
  open: null,
};

/** Every kind of carrier, by the word that the operator's file uses. */
export const CARRIER_KINDS: Readonly<Record<string, CarrierKind>> = {
  simulated,
  http: httpKind as CarrierKind,
  kannel: kannelKind as CarrierKind,
  sip: sipKind as CarrierKind,
  smpp: smppKind as CarrierKind,
  twilio: twilioKind as CarrierKind,
};
