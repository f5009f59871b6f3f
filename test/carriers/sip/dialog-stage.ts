import assert from 'node:assert/strict';
import type { CallEnd, CallWanted } from '../../../src/carriers/sip/call.ts';
import { dialogOfRequest, nextRequest } from '../../../src/carriers/sip/dialog.ts';
import { type Header, header, headerOf } from '../../../src/carriers/sip/headers.ts';
import type { SipRequest } from '../../../src/carriers/sip/message.ts';
import { OutgoingCall } from '../../../src/carriers/sip/outgoing-call.ts';
import type { Hop } from '../../../src/carriers/sip/outside.ts';
import { NO_PARAMETERS } from '../../../src/carriers/sip/parameters.ts';
import type { ServerTransaction } from '../../../src/carriers/sip/server-transaction.ts';
import { Transactions } from '../../../src/carriers/sip/transactions.ts';
import { answerTo, writeMessage } from '../../../src/carriers/sip/write-message.ts';
import type { LossyWire } from './lossy-wire.ts';

export const CONTACT = header('Contact', '<sip:b@192.0.2.1:2>');
export const OFFER = Buffer.from('an offer');

interface Script {
  /** The called side's answer to an INVITE. */
  readonly invite: (one: ServerTransaction) => void;
  readonly wanted?: Partial<CallWanted>;
  readonly offer?: string | null;
  /** More headers of the acceptance. */
  readonly accepted?: readonly Header[];
  /** Whether the transport fails, by its name. */
  readonly isBroken?: (transport: Hop['transport']) => boolean;
}

/** A call of ours on a wire, and a called side that plays its script. */
export function stage(
  wire: LossyWire,
  { invite, wanted, offer = 'our offer', accepted = [], isBroken }: Script,
) {
  const heard: string[] = [];
  const requests: SipRequest[] = [];
  const acks: SipRequest[] = [];
  const answers: string[] = [];
  const terms: (string | null)[] = [];
  const end = wire.end(1);
  const ours = {
    ...end,
    send: (octets: Buffer, hop: Hop, failed: (reason: string) => void) => {
      if (isBroken?.(hop.transport)) failed('Nothing listens');
      else end.send(octets, hop, failed);
    },
  };
  const transactions: Transactions = new Transactions(ours, wire.outside, {
    request: (one) => call.hearRequest(one),
    ack: () => call.hearAck(),
    stray: (response) => call.hearAcceptance(response),
    unacknowledged: () => {},
  });
  const far: Transactions = new Transactions(wire.end(2), wire.outside, {
    request: (one) => {
      requests.push(one.request);
      if (one.request.method === 'INVITE') invite(one);
      else one.respond(answerTo(one.request, 200, { tag: 'far' }));
      if (one.request.method === 'CANCEL') canceled(one.request);
    },
    ack: (request) => {
      acks.push(request);
      for (const one of invites) one.acknowledge();
    },
    stray: () => {},
    unacknowledged: () => {},
  });
  const invites: ServerTransaction[] = [];
  const canceled = (request: SipRequest) => {
    const one = far.inviteOf(request);
    one?.respond(answerTo(one.request, 487, { tag: 'far' }));
  };
  const call: OutgoingCall = new OutgoingCall(
    {
      uri: 'sip:b@192.0.2.1:2',
      from: { display: '', uri: 'sip:a@192.0.2.1', parameters: NO_PARAMETERS },
      user: 'a',
      hop: wire.hop(2),
      routes: [],
      headers: [],
      credentials: null,
      try_ms: 32_000,
      ...wanted,
    },
    {
      wire: ours,
      outside: wire.outside,
      transactions,
      locate: async () => wire.hop(2),
      media: { offer: () => offer, answer: (sdp) => `an answer to ${sdp.toString()}` },
      events: {
        progress: (status) => void heard.push(String(status)),
        answered: () => void heard.push('answered'),
        key: (key) => void heard.push(key),
        ended: ({ why }: CallEnd) => void heard.push(why),
      },
      forgotten: () => {},
    },
  );
  wire.hear(1, (message, source) => transactions.hear(message, source));
  wire.hear(2, (message, source) => far.hear(message, source));
  /** Accepts as the branch of a fork that has this tag. */
  const accept = (one: ServerTransaction, tag: string) => {
    const draft = answerTo(one.request, 200, { tag, headers: [CONTACT], body: OFFER });
    wire.end(2).send(writeMessage(draft), wire.hop(1), () => {});
  };
  const pick = (one: ServerTransaction) => {
    invites.push(one);
    const headers = [CONTACT, ...accepted];
    one.respond(answerTo(one.request, 200, { tag: 'far', headers, body: OFFER }));
  };
  /** A request of the called side within the dialog. */
  const ask = (method: string, number: number, more: readonly Header[] = []) => {
    const [invite] = requests;
    const dialog = invite && dialogOfRequest(invite, 'far');
    assert.ok(dialog);
    const { draft } = nextRequest({ ...dialog, local_cseq: number }, method);
    const type = header('Content-Type', 'application/sdp');
    const headers = [...draft.headers, CONTACT, type, ...more];
    far.request({ ...draft, headers, body: OFFER }, wire.hop(1), {
      answer: (response) => {
        answers.push(`${method} ${response.status}`);
        terms.push(headerOf(response, 'session-expires'));
      },
      failed: (why) => void answers.push(why),
    });
  };
  const methods = () => requests.map(({ method }) => method);
  return { call, heard, requests, acks, answers, terms, accept, pick, ask, methods };
}
