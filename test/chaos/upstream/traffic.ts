import { setTimeout as sleep } from 'node:timers/promises';
import type { Told } from './pair-promises.ts';
import type { Platform } from './platform.ts';

export const OURS = '+14155550100';
/** Recipients whose digits say what becomes of their messages: one in eight is not reached. */
const RECIPIENTS = ['0199', '0198', '0197', '0196', '0195', '0194', '0193', '0002'];
export const SENDERS = 3;
/** The leases of killed processes run out within this time. */
export const LEASE_MS = 65_000;
/** The steps of the near clock after the run: the pauses between questions, and the validity. */
const LATER = ['2m', '10m', '40m', '3h', '11h'];

/** Moves a clock over every question about a message, and over its validity. */
export async function letTimePass(near: Platform): Promise<void> {
  for (const advance of LATER) {
    // Answers to questions come beside the clock, and the far network takes a moment.
    const moved = await near.post('/_tieline/clock', { advance });
    if (moved?.status !== 200) throw new Error(JSON.stringify(moved));
    await sleep(1_000);
  }
}

export async function giveNumber(to: Platform, settings: Record<string, string>): Promise<void> {
  const fields = { account_sid: to.developer.username, phone_number: OURS, ...settings };
  const answer = await to.post('/_tieline/phone_numbers', fields);
  if (answer?.status !== 201) throw new Error(JSON.stringify(answer));
}

/** Sends one message after the other, and notes what was answered. */
export async function sendOn(
  near: Platform,
  { out }: Told,
  { index, isOver }: { readonly index: number; readonly isOver: () => boolean },
): Promise<void> {
  const path = `/2010-04-01/Accounts/${near.developer.username}/Messages.json`;
  for (let number = 0; !isOver(); number += 1) {
    const body = `out-${index}-${number}`;
    const To = `+1415556${RECIPIENTS[number % RECIPIENTS.length]}`;
    const answer = await near.post(path, { To, From: OURS, Body: body });
    out.set(body, answer?.status ?? null);
    await sleep(answer ? 5 : 50);
  }
}
