import type { ApiTree } from '../describe/api-tree.ts';
import type { BrowserHost } from './browser-host.ts';

/** How long reading a description may take. */
const READ_MS = 10_000;

/** Asks the worker's script to read a description, instead of running cells. */
export interface DescribeMessage {
  readonly type: 'describe';
  readonly text: string;
  readonly url: string;
}

/**
 * Reads the descriptions that a notebook names, each of them once. A separate worker parses them,
 * because they are long and parsing would hold up the typing.
 */
export class ApiReader {
  readonly #host: BrowserHost;
  readonly #worker_path: string;
  readonly #read = new Map<string, Promise<ApiTree | null>>();

  constructor(host: BrowserHost, worker_path: string) {
    this.#host = host;
    this.#worker_path = worker_path;
  }

  /** The API that the document at an address describes; null when it cannot be read. */
  read(address: string): Promise<ApiTree | null> {
    const known = this.#read.get(address);
    if (known) return known;
    const reading = this.#fetch(address).catch(() => null);
    this.#read.set(address, reading);
    // The document may exist at the next attempt, so a failure is not kept.
    void reading.then((tree) => tree ?? this.#read.delete(address));
    return reading;
  }

  async #fetch(address: string): Promise<ApiTree | null> {
    const named = new URL(address, location.origin).href;
    const known = await this.#host.document(named);
    const url = known && 'url' in known ? known.url : named;
    if (new URL(url).origin !== location.origin) return null;
    const signal = AbortSignal.timeout(READ_MS);
    const response = await fetch(url, { credentials: 'omit', signal });
    return response.ok ? this.#describe(await response.text(), url) : null;
  }

  #describe(text: string, url: string): Promise<ApiTree | null> {
    const { promise, resolve } = Promise.withResolvers<ApiTree | null>();
    const worker = new Worker(this.#worker_path, { type: 'module' });
    const end = (tree: ApiTree | null) => {
      worker.terminate();
      resolve(tree);
    };
    worker.addEventListener('message', ({ data }: MessageEvent<ApiTree | null>) => end(data));
    worker.addEventListener('error', () => end(null));
    setTimeout(() => end(null), READ_MS);
    const message: DescribeMessage = { type: 'describe', text, url };
    worker.postMessage(message);
    return promise;
  }
}
