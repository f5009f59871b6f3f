import type { ClientEvents, ClientTransaction } from './client-transaction.ts';
import type { RequestDraft, SipResponse } from './message.ts';
import type { Hop, SipOutside } from './outside.ts';
import type { Transactions } from './transactions.ts';
import { writeMessage } from './write-message.ts';

/** Above this size a request goes over a stream, so that no datagram is cut (RFC 3261 §18.1.1). */
const MAX_DATAGRAM = 1_300;
/** The size of our Via, which each transport adds. */
const VIA_OCTETS = 120;

interface SizedEvents extends ClientEvents {
  /** The transaction under way; a second one follows when the first had no way. */
  sent(transaction: ClientTransaction): void;
  /** Whether nobody wants an answer any more. */
  isOver(): boolean;
}

/** Sends a request, a large one over TCP. A far side without TCP gets it as a datagram all the same. */
export function requestBySize(
  draft: RequestDraft,
  hop: Hop,
  parts: { readonly transactions: Transactions; readonly outside: SipOutside },
  events: SizedEvents,
): void {
  const { transactions, outside } = parts;
  const isLarge = hop.transport === 'udp' && writeMessage(draft).length + VIA_OCTETS > MAX_DATAGRAM;
  if (!isLarge) return events.sent(transactions.request(draft, hop, events));
  const first = {
    answer: (response: SipResponse) => events.answer(response),
    failed: (why: 'timeout' | 'transport', reason: string) => {
      if (why !== 'transport') return events.failed(why, reason);
      outside.after(0, () => {
        if (!events.isOver()) events.sent(transactions.request(draft, hop, events));
      });
    },
  };
  events.sent(transactions.request(draft, { ...hop, transport: 'tcp' }, first));
}
