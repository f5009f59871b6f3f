import { EventEmitter, once } from 'node:events';
import { text } from 'node:stream/consumers';
import { httpReceiver } from './stub-receiver.ts';

/** A request as an application gets it. */
export interface Received {
  readonly method: string;
  /** The whole URL, in the form that a validator of signatures needs. */
  readonly url: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** An application that receives webhooks: a real server on this machine. */
export interface WebhookReceiver extends AsyncDisposable {
  /** The address without a closing slash. */
  readonly origin: string;
  readonly received: readonly Received[];
  /** The most requests that it had at the same time. */
  readonly mostAtOnce: () => number;
  /** Resolves when this many requests have arrived in all. */
  arrived(count: number): Promise<void>;
}

/** @param answer decides on each request and may take time. */
export async function webhookReceiver(
  answer: (request: Received, index: number) => Answer | Promise<Answer> = () => ({ status: 200 }),
): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const arrivals = new EventEmitter();
  let atOnce = 0;
  let most = 0;
  const receiver = await httpReceiver(async (request, response) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    const body = await text(request);
    const headers = request.headers as Received['headers'];
    const url = `http://${headers['host']}${request.url}`;
    const it: Received = { method: request.method ?? '', url, headers, body };
    received.push(it);
    arrivals.emit('arrival');
    const { status, headers: extra, body: answered } = await answer(it, received.length - 1);
    atOnce -= 1;
    response.writeHead(status, extra).end(answered);
  });
  return {
    origin: `http://127.0.0.1:${receiver.port}`,
    received,
    mostAtOnce: () => most,
    async arrived(count) {
      while (received.length < count) await once(arrivals, 'arrival');
    },
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}
