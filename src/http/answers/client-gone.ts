import type { ServerResponse } from 'node:http';
import { badRequest } from '../../kit/api-error.ts';

/**
 * A signal that is given when the client goes before it has its whole answer. Its reason is the error
 * of the request, which nobody but the log hears.
 */
export function untilGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(badRequest('The client has gone'));
  });
  return gone.signal;
}
