import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import twilio from 'twilio';
import { httpReceiver } from '../support/stub-receiver.ts';

/** A received deauthorize callback, and whether its signature was right. */
interface Received {
  readonly parameters: Record<string, string>;
  readonly is_signed: boolean;
}

/** An app's own server, as its developer would run it: a page with the button, two endpoints. */
export interface Isv extends AsyncDisposable {
  readonly origin: string;
  /** The button's link, set when the app's SID is known. */
  button: string;
  /** The queries of the calls to the Authorize URL. */
  readonly returned: URLSearchParams[];
  /** Resolves with the next deauthorize callback, which may have come before. */
  readonly deauthorized: () => Promise<Received>;
}

export async function anIsv(authToken: string): Promise<Isv> {
  const returned: URLSearchParams[] = [];
  const received: Received[] = [];
  const waiting: ((one: Received) => void)[] = [];
  const isv = { button: '' };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin);
    if (url.pathname === '/deauthorize') {
      const parameters = Object.fromEntries(new URLSearchParams(await text(request)));
      const signature = String(request.headers['x-twilio-signature']);
      const is_signed = twilio.validateRequest(authToken, signature, url.href, parameters);
      const one = { parameters, is_signed };
      const next = waiting.shift();
      if (next) next(one);
      else received.push(one);
      response.writeHead(204).end();
      return;
    }
    if (url.pathname === '/authorized') {
      returned.push(url.searchParams);
      // Only the app needs the Authorize URL. Its user goes on to a page.
      response.writeHead(303, { location: '/welcome' }).end();
      return;
    }
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(
      url.pathname === '/welcome'
        ? '<h1>Welcome</h1>'
        : `<h1>An app</h1><a href="${isv.button}">Connect</a>`,
    );
  };
  const server = await httpReceiver(answer);
  const origin = `http://localhost:${server.port}`;
  return Object.assign(isv, {
    origin,
    returned,
    deauthorized: async () =>
      received.shift() ?? (await new Promise<Received>((resolve) => waiting.push(resolve))),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
}
