import type { App } from '../app.ts';
import { Slot } from '../kit/kept.ts';
import { fetchTargetAccount } from './credential-store.ts';

/** The most accounts in memory. Beyond it, all are forgotten and read again. */
const MAX_KNOWN = 10_000;

/**
 * The main account of each account that wrote lately. An account never changes its main account,
 * and nothing here decides access.
 */
const MAIN_ACCOUNTS = new Slot(() => new Map<string, string>());

/**
 * The lane of an account's writes: the SID of its main account. Writes of one main account take
 * turns, and those of different ones need not wait for each other.
 * @returns the platform's own lane for an account that does not exist
 */
export async function laneOf({ database, kept }: App, account_sid: string): Promise<string> {
  const known = kept.get(MAIN_ACCOUNTS);
  const kept_sid = known.get(account_sid);
  if (kept_sid !== undefined) return kept_sid;
  const found = await fetchTargetAccount(database.db, account_sid);
  if (!found) return PLATFORM_LANE;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(account_sid, found.owner_account_sid);
  return found.owner_account_sid;
}

/** The lane of writes that belong to no account. */
const PLATFORM_LANE = '';
