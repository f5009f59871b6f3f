import type { NewEntry } from '../carrier/timeline.ts';
import type { CallRequest, Reply } from './call-run.ts';
import { EventLog } from './event-log.ts';
import { readReply } from './read-reply.ts';
import { INVALID_URL, type Verb } from './twiml.ts';
import { VerbReader } from './verb-reader.ts';
import { isRun, MESSAGING_VERBS } from './verbs.ts';

export interface ReplyRun {
  /** Entries for the timeline. */
  readonly events: readonly NewEntry[];
  /**
   * The messages to send in this order, `MAX_REPLIES` at most. Only the last one can have an
   * action, and the document at the action runs in place of the rest of this document.
   */
  readonly replies: readonly Reply[];
  /** The request for the next document, after a `Redirect`; null without one. */
  readonly next: CallRequest | null;
}

/** The most messages that one document may send. */
const MAX_REPLIES = 10;

/**
 * Runs an application's answer to an incoming message. It never throws.
 * @param base_url the base of relative URLs
 */
export function runReply(verbs: readonly Verb[], base_url: string | null): ReplyRun {
  const log = new EventLog();
  const replies: Reply[] = [];
  let next: CallRequest | null = null;
  for (const verb of verbs) {
    if (!isRun(MESSAGING_VERBS, verb.name)) {
      log.warn(verb, `${verb.name} is not run for a message.`);
      continue;
    }
    if (verb.name === 'Redirect') {
      next = redirect(verb, base_url, log);
      break;
    }
    if (replies.length === MAX_REPLIES) {
      log.warn(verb, `At most ${MAX_REPLIES} messages are sent by one document; the rest is not.`);
      break;
    }
    const reply = readReply(verb, base_url, log);
    if (reply) replies.push(reply);
    if (reply?.action) break;
  }
  return { events: log.entries(), replies, next };
}

function redirect(verb: Verb, base_url: string | null, log: EventLog): CallRequest | null {
  const reader = new VerbReader(verb, base_url, log, ['method']);
  const method = reader.method();
  const url = verb.text === '' ? base_url : reader.resolve(verb.text);
  log.ran(verb);
  if (url !== null) return { kind: 'request', url, method, parameters: {} };
  log.warn(verb, 'Redirect must hold a URL of http or https.', INVALID_URL);
  return null;
}
