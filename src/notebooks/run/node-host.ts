import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { libraryFile } from '../../pages/library-file.ts';
import type { FromWorker, GuestScripts } from './engine-messages.ts';
import type { EngineWorker, IncomingResponse, OutgoingRequest } from './host.ts';
import { NetworkError } from './host.ts';

/** One request follows at most this many redirects. */
const MAX_REDIRECTS = 5;
/** The worker's own stack in megabytes, much larger than the guest's stack. */
const STACK_MB = 4;
const HEAP_MB = 512;

const here = (name: string) => new URL(name, import.meta.url);

/** The scripts that run inside the sandbox. */
export function readGuestScripts(): GuestScripts {
  const read = (name: string) => readFileSync(here(`../guest/${name}.js`), 'utf8');
  return {
    json: read('json'),
    values: read('values'),
    globals: read('globals'),
    urls: read('urls'),
    requests: read('requests'),
    client: read('client'),
    cells: read('cells'),
  };
}

/** Starts a worker thread for an engine. It gets none of this process's environment variables. */
export function openNodeWorker(
  heard: (message: FromWorker) => void,
  broke: (error: Error) => void,
): EngineWorker {
  const source = here('node-worker.ts');
  const worker = new Worker(existsSync(source) ? source : here('node-worker.js'), {
    env: {},
    resourceLimits: { stackSizeMb: STACK_MB, maxOldGenerationSizeMb: HEAP_MB },
  });
  worker.on('message', heard);
  worker.on('error', broke);
  return {
    post: (message) => worker.postMessage(message),
    terminate: () => void worker.terminate(),
  };
}

/** The stand-alone build of chai that comes with the product. */
export function readChai(): Promise<string> {
  return readFile(libraryFile('chai.js'), 'utf8');
}

/**
 * Sends a request and reads the answer. It follows redirects only to allowed origins. As in a
 * browser, a POST becomes a GET after 301, 302 and 303.
 * @throws NetworkError
 */
export async function sendByFetch(request: OutgoingRequest): Promise<IncomingResponse> {
  const signal = AbortSignal.timeout(request.timeout_ms);
  let { method, url, headers, body } = request;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const response = await fetchOnce({ ...request, method, url, headers, body }, signal);
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
      return readResponse(response, request);
    }
    await response.body?.cancel();
    const target = URL.parse(location, url);
    if (!target) throw new NetworkError(`${url} redirects to something that is not an address.`);
    const refusal = request.refusal_of(target);
    if (refusal) throw refusal;
    if (target.origin !== new URL(url).origin) headers = headers.filter(isForEveryOrigin);
    url = target.href;
    if (response.status === 303 || (response.status < 303 && method === 'POST')) {
      if (method !== 'HEAD') method = 'GET';
      body = null;
    }
  }
  throw new NetworkError(`${request.url} redirects more than ${MAX_REDIRECTS} times.`);
}

/** Whether a header may go to another origin after a redirect. Credentials may not. */
function isForEveryOrigin([name]: readonly [string, string]): boolean {
  return !/^(authorization|cookie)$/i.test(name);
}

async function fetchOnce(
  { method, url, headers, body, timeout_ms }: OutgoingRequest,
  signal: AbortSignal,
): Promise<Response> {
  try {
    const sent = headers.map(([name, value]): [string, string] => [name, value]);
    return await fetch(url, { method, headers: sent, body, signal, redirect: 'manual' });
  } catch (error) {
    throw new NetworkError(reasonOf(error as Error, url, timeout_ms));
  }
}

function reasonOf(error: Error, url: string, timeout_ms: number): string {
  if (error.name === 'TimeoutError') return `${url} did not answer within ${timeout_ms} ms.`;
  const { code, message } = (error.cause ?? error) as { code?: string; message: string };
  if (code === 'ECONNREFUSED') {
    return `Nothing listens at ${new URL(url).origin}: start it there, or name another place with --base-url.`;
  }
  return `${url} could not be reached: ${code ?? message}.`;
}

async function readResponse(
  response: Response,
  { url, max_bytes, timeout_ms }: OutgoingRequest,
): Promise<IncomingResponse> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.byteLength;
      if (length > max_bytes) {
        throw new NetworkError(`${url} answers with more than ${max_bytes} bytes.`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof NetworkError) throw error;
    throw new NetworkError(reasonOf(error as Error, url, timeout_ms));
  }
  const body = Buffer.concat(chunks).toString('utf8');
  return { status: response.status, headers: [...response.headers], body };
}
