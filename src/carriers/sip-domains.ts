import { z } from 'zod';

const MAX_DOMAINS = 10_000;
const DOMAIN = /^(?=.{1,253}$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const TRUNK = /^BY[0-9a-f]{32}$/;

/** The trunks of calls that come in, by the hosts that they call. */
export const SIP_DOMAINS = z
  .record(
    z.string().regex(DOMAIN, 'must be hosts in small letters'),
    z
      .string({ error: 'must be the SID of a trunk' })
      .regex(TRUNK, 'must be the SID of a trunk, BY and 32 digits'),
    { error: 'must be a map of hosts to the SIDs of trunks' },
  )
  .refine(
    (domains) => Object.keys(domains).length <= MAX_DOMAINS,
    `must hold at most ${MAX_DOMAINS} hosts`,
  )
  .default({});
