import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { PUBLIC_ADDRESS } from './namespace.ts';

/** A webhook as the application got it. */
interface Heard {
  readonly path: string;
  /** The same for every attempt at one delivery. */
  readonly token: string;
}

/** The application that all webhooks go to. */
export interface Receiver extends AsyncDisposable {
  readonly origin: string;
  readonly heard: readonly Heard[];
}

/** Port 80: production sends to no other without a setting. */
export async function openReceiver(): Promise<Receiver> {
  const heard: Heard[] = [];
  const hear = async (request: IncomingMessage, response: ServerResponse) => {
    // A caller that was killed has sent a part. That is no webhook.
    const isWhole = await text(request).then(
      () => true,
      () => false,
    );
    const token = request.headers['i-twilio-idempotency-token'];
    if (isWhole) heard.push({ path: request.url ?? '', token: String(token) });
    response.end();
  };
  const server = createServer((request, response) => void hear(request, response));
  server.listen(80, PUBLIC_ADDRESS);
  await once(server, 'listening');
  return {
    origin: `http://${PUBLIC_ADDRESS}`,
    heard,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
