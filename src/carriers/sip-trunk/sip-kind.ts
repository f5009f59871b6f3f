import type { CarrierKind } from '../carrier-kind.ts';
import { SipCarrier } from './sip-carrier.ts';
import { checkSipSettings, type SipSettings, sipSettings } from './sip-settings.ts';

/** A carrier of calls by SIP: docs/guides/carriers.md, "The kind sip". */
export const sipKind: CarrierKind<SipSettings> = {
  carries: ['calls'],
  settings: sipSettings,
  check: checkSipSettings,
  open: null,
  openVoice: (name, settings, outside) => new SipCarrier(name, settings, outside),
};
