import { z } from 'zod';
import type { Endpoint } from '../http/endpoint.ts';
import { isObject, shown } from './compare-shape.ts';
import type { Reader, Remote, Reply } from './remote.ts';

/** The rights of the credentials of a comparison. */
export interface Reach {
  /** Whether they belong to the main account itself, which may read everything. */
  readonly is_whole: boolean;
}

/** The server refuses the credentials for the account. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedError';
  }
}

const REFUSALS = new Set([401, 403]);

/**
 * Requests the account, and its messages if the account is refused. A Standard key may read
 * everything except the account itself and keys.
 * @throws RefusedError when both are refused
 */
export async function findReach(reader: Reader, remote: Remote): Promise<Reach> {
  const account = `/2010-04-01/Accounts/${remote.account_sid}`;
  const { status, json } = await reader.get(`${account}.json`);
  if (!REFUSALS.has(status)) {
    const owner = isObject(json) ? json['owner_account_sid'] : undefined;
    const isOwn = remote.username === remote.account_sid;
    return { is_whole: isOwn && (owner === undefined || owner === remote.account_sid) };
  }
  const { status: ofMessages } = await reader.get(`${account}/Messages.json`);
  if (!REFUSALS.has(ofMessages)) return { is_whole: false };
  const told = shown(isObject(json) ? json['message'] : undefined);
  throw new RefusedError(`${remote.api} refuses these credentials: HTTP ${status}, ${told}`);
}

const REFUSAL = z.object({ code: z.int(), message: z.string(), status: z.int() });

/** The operations for main accounts only. Other accounts get 404. */
const OF_MAIN_ACCOUNTS = new Set<Endpoint['operation']>(['balance.read']);

/** Whether an answer correctly refuses to show something to these credentials. */
export function isWithheld({ is_whole }: Reach, endpoint: Endpoint | null, reply: Reply): boolean {
  if (is_whole || !REFUSAL.safeParse(reply.json).success) return false;
  const isOfMain = endpoint !== null && OF_MAIN_ACCOUNTS.has(endpoint.operation);
  return REFUSALS.has(reply.status) || (reply.status === 404 && isOfMain);
}
