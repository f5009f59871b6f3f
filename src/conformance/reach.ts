import { z } from 'zod';
import type { Endpoint } from '../http/endpoint.ts';
import { isObject, shown } from './compare-shape.ts';
import type { Reader, Remote, Reply } from './remote.ts';

/** How far the credentials of a comparison reach. */
export interface Reach {
  /** They are a main account's own, to which nothing of it is refused. */
  readonly isWhole: boolean;
}

/** The credentials are not good for what is to be compared. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedError';
  }
}

const REFUSALS = new Set([401, 403]);

/**
 * Asks for the account, and for its messages where it is not shown: a Standard key may read all but
 * the account itself and keys.
 * @throws RefusedError where neither may be read
 */
export async function findReach(reader: Reader, remote: Remote): Promise<Reach> {
  const account = `/2010-04-01/Accounts/${remote.account_sid}`;
  const { status, json } = await reader.get(`${account}.json`);
  if (!REFUSALS.has(status)) {
    const owner = isObject(json) ? json['owner_account_sid'] : undefined;
    const isOwn = remote.username === remote.account_sid;
    return { isWhole: isOwn && (owner === undefined || owner === remote.account_sid) };
  }
  const { status: ofMessages } = await reader.get(`${account}/Messages.json`);
  if (!REFUSALS.has(ofMessages)) return { isWhole: false };
  const told = shown(isObject(json) ? json['message'] : undefined);
  throw new RefusedError(`${remote.api} refuses these credentials: HTTP ${status}, ${told}`);
}

const REFUSAL = z.object({ code: z.int(), message: z.string(), status: z.int() });

/** What only a main account has, and others are told that there is none. */
const OF_MAIN_ACCOUNTS = new Set<Endpoint['operation']>(['balance.read']);

/** Whether an answer says, as it should, that these credentials may not read something. */
export function isWithheld({ isWhole }: Reach, endpoint: Endpoint | null, reply: Reply): boolean {
  if (isWhole || !REFUSAL.safeParse(reply.json).success) return false;
  const isOfMain = endpoint !== null && OF_MAIN_ACCOUNTS.has(endpoint.operation);
  return REFUSALS.has(reply.status) || (reply.status === 404 && isOfMain);
}
