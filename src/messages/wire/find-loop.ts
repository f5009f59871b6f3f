import type { Act } from '../../audit/act.ts';
import type { Message } from '../message.ts';
import { MAX_HOPS } from '../message-step.ts';
import { countIn, listTimesOut } from './exchange-store.ts';

/** The most answers in a row between two numbers, and the longest pause within such a row. */
export const MAX_ANSWERS = 30;
const PAUSE_MS = 30_000;

/**
 * Finds a loop that a message would continue: docs/contract/messages.md, "Loops".
 * @returns the code with which the message fails; null: there is no loop
 */
export async function findLoop(
  { tx, now }: Act,
  { account_sid, to, from }: Message,
  hops: number,
): Promise<14107 | 30039 | null> {
  if (hops >= MAX_HOPS) return 30039;
  if (from === null) return null;
  const row = { since: now - MAX_ANSWERS * PAUSE_MS, limit: MAX_ANSWERS + 1 };
  const times = await listTimesOut(tx, { account_sid, to, from }, row);
  const first = times.at(-1);
  if (first === undefined || times.length <= MAX_ANSWERS) return null;
  const isPaused = times.some((time, index) => (times[index - 1] ?? time) - time >= PAUSE_MS);
  if (isPaused) return null;
  // Many messages in one direction are a campaign or a long story. In a loop, each is answered.
  const came = await countIn(tx, { account_sid, from: to, to: from }, first);
  return came >= MAX_ANSWERS ? 14107 : null;
}
