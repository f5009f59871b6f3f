import { type CallEnd, retryOf } from './call.ts';
import { contactUri } from './dialog.ts';
import { type Party, writeParty } from './fields.ts';
import { header } from './headers.ts';
import { NO_BODY, type RequestDraft } from './message.ts';
import type { Hop, SipOutside, Wire } from './outside.ts';
import { SDP_TYPE } from './refuse-request.ts';
import type { Transactions } from './transactions.ts';

/** A question whether an address takes calls. */
export interface Asked {
  readonly uri: string;
  /** The one who asks, without a tag. */
  readonly from: Party;
  readonly hop: Hop;
  readonly routes: readonly string[];
  /** The time until the answer. */
  readonly wait_ms: number;
}

interface Parts {
  readonly outside: SipOutside;
  readonly wire: Wire;
  readonly transactions: Transactions;
}

/** A proxy gives these for a server that does not answer it, too. */
const OUT_OF_SERVICE = new Set([408, 503]);

/**
 * Asks by OPTIONS (RFC 3261 §11). @returns the failure; null for every answer that shows a server at
 * work, refusals included
 */
export function askOptions(asked: Asked, parts: Parts): Promise<CallEnd | null> {
  const { promise, resolve } = Promise.withResolvers<CallEnd | null>();
  const { transactions, outside } = parts;
  const failed = (why: 'timeout' | 'transport', reason: string) => {
    cancelWait();
    resolve({ why, status: null, reason });
  };
  const request = transactions.request(optionsOf(asked, parts), asked.hop, {
    answer(response) {
      const { status } = response;
      if (status < 200) return;
      cancelWait();
      const isOut = OUT_OF_SERVICE.has(status);
      resolve(isOut ? { why: 'refused', status, reason: null, ...retryOf(response) } : null);
    },
    // A transport may fail before `request` has returned.
    failed: (why, reason) => void outside.after(0, () => failed(why, reason)),
  });
  const cancelWait = outside.after(asked.wait_ms, () => {
    request.stop();
    failed('timeout', 'No answer to OPTIONS came in time');
  });
  return promise;
}

function optionsOf({ uri, from, hop, routes }: Asked, { outside, wire }: Parts): RequestDraft {
  const tagged = { ...from, parameters: new Map([['tag', outside.token()]]) };
  const contact = contactUri('', wire.addressOf(hop.transport), hop.transport);
  const headers = [
    ...routes.map((route) => header('Route', `<${route}>`)),
    header('From', writeParty(tagged)),
    header('To', `<${uri}>`),
    header('Call-ID', outside.token()),
    header('CSeq', '1 OPTIONS'),
    header('Max-Forwards', '70'),
    header('Contact', `<${contact}>`),
    header('Accept', SDP_TYPE),
  ];
  return { is: 'request', method: 'OPTIONS', uri, headers, body: NO_BODY };
}
