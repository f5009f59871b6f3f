import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { Tables } from '../db/tables.ts';
import { datesV1, iso8601Date, method, resource, sid, url } from '../http/resource.ts';
import { withoutPassword } from '../webhooks/webhook.ts';

export type ByocTrunk = Selectable<Tables['byoc_trunks']>;

/** Trunks of one account. */
export const MAX_TRUNKS = 100;

/** `ByocTrunk`, twilio-contract §1.14. */
export const BYOC_TRUNK = resource('ByocTrunk', 'byoc_trunks', {
  account_sid: sid('AC'),
  sid: sid('BY'),
  friendly_name: z.string().nullable(),
  voice_url: url.nullable(),
  voice_method: method,
  voice_fallback_url: url.nullable(),
  voice_fallback_method: method,
  status_callback_url: url.nullable(),
  status_callback_method: method,
  cnam_lookup_enabled: z.boolean(),
  connection_policy_sid: sid('NY').nullable(),
  from_domain_sid: sid('SD').nullable(),
  date_created: iso8601Date,
  date_updated: iso8601Date,
  url,
});

/**
 * A trunk from outside. A URL may hold a password that the customer wrote into it; a Connect app
 * sees the URL without it, whoever wrote it (reliability T04).
 */
export function presentByocTrunk(
  trunk: ByocTrunk,
  { origin, principal }: { readonly origin: string; readonly principal: Principal },
) {
  const shown = (url: string | null) =>
    url !== null && principal.kind === 'connect_app' ? withoutPassword(url) : url;
  return {
    account_sid: trunk.account_sid,
    sid: trunk.sid,
    friendly_name: trunk.friendly_name,
    voice_url: shown(trunk.voice_url),
    voice_method: trunk.voice_method,
    voice_fallback_url: shown(trunk.voice_fallback_url),
    voice_fallback_method: trunk.voice_fallback_method,
    status_callback_url: shown(trunk.status_callback_url),
    status_callback_method: trunk.status_callback_method,
    cnam_lookup_enabled: trunk.cnam_lookup_enabled === 1,
    connection_policy_sid: trunk.connection_policy_sid,
    from_domain_sid: trunk.from_domain_sid,
    ...datesV1(trunk),
    url: `${origin}/v1/ByocTrunks/${trunk.sid}`,
  };
}
