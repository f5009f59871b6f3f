import { request as httpRequest } from 'node:http';
import { TielineError } from './tieline-error.ts';

/** One request to Tieline. */
export interface Asked {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/**
 * Makes a request on a new connection, so that no connection stays open after a test.
 * @throws TielineError when no answer comes.
 */
export function ask(origin: string, { method, path, headers, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const fail = ({ message }: Error) =>
      reject(
        new TielineError(`Tieline at ${origin} did not answer ${method} ${path}: ${message}.`),
      );
    const outgoing = httpRequest(
      origin + path,
      { method, agent: false, headers: { connection: 'close', ...headers } },
      (incoming) => {
        let text = '';
        incoming
          .setEncoding('utf8')
          .on('data', (part: string) => {
            text += part;
          })
          .on('end', () => resolve({ status: incoming.statusCode ?? 0, text }))
          .on('error', fail);
      },
    );
    outgoing.on('error', fail).end(body);
  });
}
