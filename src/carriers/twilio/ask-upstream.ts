import { fieldsOf } from '../call-out.ts';
import { ALIKE_MS, type Asked, type AskedFor, type Cost } from '../message-carrier.ts';
import { callUpstream, type TwilioSettings } from './upstream.ts';
import { codeOf, costOf, stateOf } from './upstream-words.ts';

/** The most messages of one pair of ends that are compared. */
const COMPARED = 100;
const LIST_BYTES = 1024 * 1024;
const SID = /^(?:SM|MM)[0-9a-f]{32}$/;

/** Asks the upstream for one message: by its id, or by its ends, its text and its date. */
export async function askUpstream(settings: TwilioSettings, wanted: AskedFor): Promise<Asked> {
  return wanted.ref === null ? search(settings, wanted) : askById(settings, wanted.ref);
}

async function askById(settings: TwilioSettings, ref: string): Promise<Asked> {
  if (!SID.test(ref)) return { is: 'unseen', detail: 'its id is not one of the upstream' };
  const reply = await callUpstream(settings, `/Messages/${ref}.json`);
  if (reply.status === null) return { is: 'unseen', detail: reply.problem };
  if (reply.status !== 200) return { is: 'unseen', detail: `it answered ${reply.status}` };
  return seen(fieldsOf(reply.body)) ?? { is: 'unseen', detail: 'it showed no state' };
}

/** The price of a message at the upstream; null: it shows none, or cannot be asked now. */
export async function askCostThere(settings: TwilioSettings, ref: string): Promise<Cost | null> {
  if (!SID.test(ref)) return null;
  const reply = await callUpstream(settings, `/Messages/${ref}.json`);
  return reply.status === 200 ? costOf(fieldsOf(reply.body)) : null;
}

/**
 * Without an id, the messages with the same ends and the same text are compared by their number:
 * only when the upstream has as many as this platform submitted, all of them arrived.
 */
async function search(settings: TwilioSettings, wanted: AskedFor): Promise<Asked> {
  const { to, from, body, submitted_at, alike } = wanted;
  const query = new URLSearchParams({ To: to, From: from, PageSize: String(COMPARED) });
  const reply = await callUpstream(settings, `/Messages.json?${query.toString()}`, {
    max_bytes: LIST_BYTES,
  });
  if (reply.status === null) return { is: 'unseen', detail: reply.problem };
  if (reply.status !== 200) return { is: 'unseen', detail: `it answered ${reply.status}` };
  const listed = fieldsOf(reply.body)['messages'];
  const since = submitted_at - ALIKE_MS;
  const found = (Array.isArray(listed) ? (listed as Record<string, unknown>[]) : []).filter(
    (one) =>
      one['direction'] !== 'inbound' &&
      one['body'] === body &&
      Date.parse(String(one['date_created'])) >= since,
  );
  if (found.length === 0) return { is: 'unseen', detail: 'it has no such message' };
  if (found.length !== alike) {
    const detail = `it has ${found.length} of ${alike} messages with the same ends and text`;
    return { is: 'unseen', detail };
  }
  const [first = {}] = found;
  if (alike === 1) return seen(first) ?? { is: 'unseen', detail: 'it showed no state' };
  // All arrived, but nobody can tell which one is which.
  return { is: 'seen', ref: null, state: 'buffered', code: null };
}

function seen(message: Readonly<Record<string, unknown>>): Asked | null {
  const { sid, status, error_code } = message;
  const state = stateOf(status);
  if (state === null || typeof sid !== 'string' || !SID.test(sid)) return null;
  const isBad = state === 'failed' || state === 'undelivered';
  return { is: 'seen', ref: sid, state, code: isBad ? codeOf(error_code) : null };
}
