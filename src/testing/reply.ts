import type { ServerResponse } from 'node:http';
import { DURATION, isDuration, pause } from './real-timers.ts';
import type { ReceivedRequest, Reply } from './received-request.ts';
import { TielineError } from './tieline-error.ts';

/** The default reply: TwiML without instructions, which every webhook accepts. */
const NOTHING_TO_DO: Reply = { twiml: '<Response/>' };

const PARTS: readonly string[] = ['status', 'headers', 'body', 'twiml', 'delay'];
const MIN_STATUS = 200;
const MAX_STATUS = 599;

/** Makes the reply to a request. */
export type Answer = (request: ReceivedRequest) => Reply | Promise<Reply>;

/** One reply for all requests, a list of replies in turn, or a function of the request. */
export type Replies = Reply | readonly Reply[] | Answer;

/**
 * Turns replies into a function that answers each request.
 * @throws TielineError when one of the replies is not valid
 */
export function answerOf(replies: Replies = NOTHING_TO_DO): Answer {
  if (typeof replies === 'function') return replies;
  const list = Array.isArray(replies) ? (replies as readonly Reply[]) : [replies as Reply];
  for (const reply of list) demandReply(reply);
  let at = 0;
  return () => list[Math.min(at++, list.length - 1)] ?? NOTHING_TO_DO;
}

/** Sends a reply. @throws TielineError when the reply is not valid; then nothing is sent. */
export async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  demandReply(reply);
  const given = typeof reply === 'string' ? { twiml: reply } : reply;
  const { status = 200, headers = {}, body, twiml, delay = 0 } = given;
  if (delay > 0) await pause(delay);
  const type = twiml === undefined ? 'text/plain; charset=utf-8' : 'text/xml; charset=utf-8';
  response.setHeader('content-type', type);
  // Header names ignore case, so a content type of the test replaces ours.
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(status).end(twiml ?? body ?? '');
}

/** Checks a reply, because tests in JavaScript have no compiler to check it. */
function demandReply(reply: Reply): void {
  if (typeof reply === 'string') return;
  // A test may pass any value.
  const given: unknown = reply;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    refuse(`a reply must be TwiML as text, or hold ${PARTS.join(', ')}`);
  }
  const odd = Object.keys(given).find((name) => !PARTS.includes(name));
  if (odd !== undefined)
    refuse(`${odd} is not a part of a reply. The parts are ${PARTS.join(', ')}`);
  const { status = MIN_STATUS, body = '', twiml = '', delay = 0 } = reply;
  if (!Number.isInteger(status) || status < MIN_STATUS || status > MAX_STATUS) {
    refuse(`status must be a whole number from ${MIN_STATUS} to ${MAX_STATUS}`);
  }
  const other = Object.entries({ body, twiml }).find(([, value]) => typeof value !== 'string');
  if (other) refuse(`${other[0]} must be text; JSON is written with JSON.stringify`);
  if (!isDuration(delay)) refuse(`delay must be ${DURATION}`);
}

function refuse(rule: string): never {
  throw new TielineError(`receiver.respond: ${rule}.`);
}
