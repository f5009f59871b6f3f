import type { Selectable } from 'kysely';
import { z } from 'zod';
import { grantOf, grantsAfter } from '../authorizations/url-grants.ts';
import type { Tables } from '../db/tables/tables.ts';
import { datesV1, iso8601Date, method, resource, sid, url } from '../http/answers/resource.ts';
import { urlOfGrant } from '../kit/user-info.ts';

export type ByocTrunk = Selectable<Tables['byoc_trunks']>;

/** The most trunks that one account may have. */
export const MAX_TRUNKS = 100;

/** `ByocTrunk`: docs/contract/voice.md, "BYOC trunks". */
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

/** The URLs of a trunk, by their fields' names. */
export const TRUNK_URLS = ['voice_url', 'voice_fallback_url', 'status_callback_url'] as const;

/** The changes that remove the URLs of one grant from a trunk. */
export function withoutUrlsOf(
  trunk: Pick<ByocTrunk, 'url_grants'>,
  grant_sid: string,
): Pick<ByocTrunk, 'url_grants'> & Partial<Record<(typeof TRUNK_URLS)[number], null>> {
  const cleared: Partial<Record<(typeof TRUNK_URLS)[number], null>> = {};
  for (const name of TRUNK_URLS) if (grantOf(trunk, name) === grant_sid) cleared[name] = null;
  return { ...cleared, ...grantsAfter(TRUNK_URLS, trunk, cleared, null) };
}

/** The outside form of a trunk. */
export function presentByocTrunk(trunk: ByocTrunk, { origin }: { readonly origin: string }) {
  const shown = (name: (typeof TRUNK_URLS)[number]) =>
    urlOfGrant(trunk[name], grantOf(trunk, name));
  return {
    account_sid: trunk.account_sid,
    sid: trunk.sid,
    friendly_name: trunk.friendly_name,
    voice_url: shown('voice_url'),
    voice_method: trunk.voice_method,
    voice_fallback_url: shown('voice_fallback_url'),
    voice_fallback_method: trunk.voice_fallback_method,
    status_callback_url: shown('status_callback_url'),
    status_callback_method: trunk.status_callback_method,
    cnam_lookup_enabled: trunk.cnam_lookup_enabled === 1,
    connection_policy_sid: trunk.connection_policy_sid,
    from_domain_sid: trunk.from_domain_sid,
    ...datesV1(trunk),
    url: `${origin}/v1/ByocTrunks/${trunk.sid}`,
  };
}
