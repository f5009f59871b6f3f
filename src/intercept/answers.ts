import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createServer } from '../kit/node-http.ts';
import { isIntercepted, isOfTwilio, nameOf } from './hosts.ts';
import { Refusal, refusalOfParser } from './refusal.ts';
import { offlineRefusal, passedSentence, refusedSentence } from './targets.ts';

/** Takes a connection and answers every request on it. */
type Accept = (connection: Duplex) => void;

const HTTPS_ONLY = new Refusal(400, 'This host answers over HTTPS only: begin with TLS.');
const NOT_HERE = new Refusal(403, 'Tieline does not stand in for this host.');

/**
 * Answers as the host on which SDKs test their TLS. A client that can send a request has passed.
 */
export function answerTlsTests(): Accept {
  return answering((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end('Your TLS reached Tieline.\n');
  });
}

/** Answers 403 with an error body of Twilio's form, in place of a host that --offline refuses. */
export function answerRefusals(notice: (sentence: string) => void): Accept {
  return answering((request, response) => refused(hostOf(request), notice).answer(response));
}

/**
 * Answers requests without TLS from a client that believes this is the host itself. Programs in
 * Node also report through such requests which other hosts they connected to.
 */
export function answerPlain(notice: (sentence: string) => void, offline: boolean): Accept {
  return answering((request, response) => {
    const host = hostOf(request);
    if (host === '' || isIntercepted(host)) return HTTPS_ONLY.answer(response);
    if (!offline && isOfTwilio(host)) {
      notice(passedSentence(host));
      return NOT_HERE.answer(response);
    }
    refused(host, notice).answer(response);
  });
}

function answering(answer: (request: IncomingMessage, response: ServerResponse) => void): Accept {
  const server = createServer({ requireHostHeader: false }, answer);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET') socket.destroy();
    else refusalOfParser(error.code).writeTo(socket);
  });
  return (connection) => {
    server.emit('connection', connection);
    connection.resume();
  };
}

function refused(host: string, notice: (sentence: string) => void): Refusal {
  notice(refusedSentence(host));
  return offlineRefusal(host);
}

function hostOf({ headers }: IncomingMessage): string {
  return nameOf((headers.host ?? '').replace(/:\d*$/, ''));
}
