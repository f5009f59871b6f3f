import { type IncomingResponse, NetworkError, type OutgoingRequest } from '../run/host.ts';

/**
 * Sends a request and reads the answer. The browser adds no cookie and shows no password dialog. It
 * follows redirects by itself; the page's policy allows them only to this server.
 * @throws NetworkError
 */
export async function sendFromPage(
  request: OutgoingRequest,
  stopped: AbortSignal,
): Promise<IncomingResponse> {
  const { method, url, headers, body, timeout_ms } = request;
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(timeout_ms)]);
  try {
    const sent = headers.map(([name, value]): [string, string] => [name, value]);
    const options = { method, headers: sent, body, signal, credentials: 'omit' } as const;
    const response = await fetch(url, { ...options, cache: 'no-store', referrerPolicy: 'origin' });
    const refusal = request.refusal_of(new URL(response.url));
    if (refusal) throw refusal;
    const text = await readBody(response, request);
    return { status: response.status, headers: [...response.headers], body: text };
  } catch (error) {
    if (error instanceof NetworkError) throw error;
    throw new NetworkError(reasonOf(error as Error, url, timeout_ms));
  }
}

function reasonOf({ name, message }: Error, url: string, timeout_ms: number): string {
  if (name === 'TimeoutError') return `${url} did not answer within ${timeout_ms} ms.`;
  if (name === 'AbortError') return `The request to ${url} was stopped.`;
  return `${url} could not be reached, or leads to another host (${message}).`;
}

async function readBody(
  { body }: Response,
  { url, max_bytes }: Pick<OutgoingRequest, 'url' | 'max_bytes'>,
): Promise<string> {
  if (!body) return '';
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = '';
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.byteLength;
    if (length > max_bytes) {
      await reader.cancel();
      throw new NetworkError(`${url} answers with more than ${max_bytes} bytes.`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
