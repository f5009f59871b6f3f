import { hasUserInfo } from '../../kit/user-info.ts';
import {
  type Challenge,
  type Credentials,
  type Host,
  type IncomingResponse,
  NetworkError,
  type OutgoingRequest,
  UnreadableError,
} from './host.ts';
import type { RequestRecord } from './outcome.ts';
import { RequestRecords } from './request-records.ts';
import { basicOf, Secrets } from './secrets.ts';

/** For one run of a notebook. A request that is repeated with credentials counts twice. */
const MAX_REQUESTS = 50_000;
const MAX_RESPONSE_BYTES = 10 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
/** After this many refused credentials the user is not asked again. */
const MAX_REFUSALS = 2;

/** A request of a cell. */
export interface GuestRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** The id that `authenticate` returned; null for a client without credentials. */
  readonly auth: string | null;
}

export interface GuestResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
  readonly request: { readonly method: string; readonly url: string };
  readonly duration_ms: number;
}

/**
 * Sends all requests of a notebook. They go to allowed origins only, and guest code never sees the
 * credentials. A request carries credentials only after the server has sent a Basic challenge. From
 * then on all requests to that origin carry them (RFC 7617).
 */
export class Outbound {
  readonly #host: Host;
  readonly #base: URL;
  readonly #allowed: ReadonlySet<string>;
  readonly #stand_ins: readonly string[];
  readonly #secrets = new Secrets();
  /** Keyed by the id that `authenticate` returned. */
  readonly #authenticated = new Map<string, Authenticated>();
  #own: Credentials | null = null;
  #requests = 0;
  #waited_ms = 0;
  readonly #records = new RequestRecords();

  /** @param stand_ins addresses that the base URL replaces, including all paths below them */
  constructor(
    host: Host,
    base_url: string,
    allowed_origins: readonly string[],
    stand_ins: readonly string[],
  ) {
    this.#host = host;
    this.#base = new URL(base_url);
    this.#allowed = new Set([this.#base.origin, ...allowed_origins]);
    this.#stand_ins = stand_ins.map((address) => new URL(address).href.replace(/\/$/, ''));
  }

  /** The requests since the last call. */
  takeRecords(): RequestRecord[] {
    return this.#records.take();
  }

  /** The time that people took to enter credentials since the last call. */
  takeWaited(): number {
    const waited_ms = this.#waited_ms;
    this.#waited_ms = 0;
    return waited_ms;
  }

  hide(text: string): string {
    return this.#secrets.hide(text);
  }

  /** Sends a cell's request, and asks the user for credentials if the server demands them. */
  async send(request: GuestRequest, left_ms: number): Promise<GuestResponse> {
    const url = this.#demandAllowed(request.url);
    const isOurs = url.origin === this.#base.origin;
    const given = request.auth === null ? undefined : this.#authenticated.get(request.auth);
    if (given && (isOurs || given.is_of_notebook)) {
      return this.#sendOnce(request, url, given.credentials, left_ms);
    }
    if (!isOurs || hasAuthorization(request)) {
      return this.#sendOnce(request, url, null, left_ms);
    }
    let credentials = this.#own;
    let response = await this.#sendOnce(request, url, credentials, left_ms);
    let refused = 0;
    while (response.status === 401 && refused < MAX_REFUSALS) {
      const realm = basicRealmOf(response);
      if (realm === null) break;
      if (credentials) refused += 1;
      const challenge = { origin: url.origin, realm, username: null, refused };
      const found: Credentials | null = await this.#credentials(challenge);
      if (!found || isSame(found, credentials)) break;
      credentials = found;
      this.#secrets.add(found);
      response = await this.#sendOnce(request, url, found, left_ms);
      if (response.status !== 401) this.#own = found;
    }
    return response;
  }

  /** Reads a script or a description. @throws UnreadableError unless the answer is 2xx */
  async read(address: string, left_ms: number): Promise<string> {
    const accept = 'application/raml+yaml, application/json, */*';
    const request = { method: 'GET', url: address, headers: { accept }, body: null, auth: null };
    const url = this.#demandAllowed(address);
    const { status, text } = await this.#sendOnce(request, url, null, left_ms);
    if (status < 200 || status > 299) {
      throw new UnreadableError(`${url.href} was answered with HTTP ${status}.`);
    }
    return text;
  }

  /**
   * Stores credentials for one client. The user is asked for a missing password. Guest code gets
   * only an id.
   * @returns the id under which the client's requests use the credentials
   */
  async authenticate(
    username: string | null,
    password: string | null,
  ): Promise<{ id: string; username: string }> {
    const { origin } = this.#base;
    const challenge = { origin, realm: '', username, refused: 0 };
    const own = username !== null && password !== null ? { username, password } : null;
    const found = own ?? (await this.#credentials(challenge));
    if (!found) throw new NetworkError('No user name and password were given.');
    this.#secrets.add(found);
    const id = `client-${this.#authenticated.size + 1}`;
    this.#authenticated.set(id, { credentials: found, is_of_notebook: own !== null });
    return { id, username: found.username };
  }

  async #credentials(challenge: Challenge): Promise<Credentials | null> {
    const start = performance.now();
    try {
      return await this.#host.credentials(challenge);
    } finally {
      this.#waited_ms += performance.now() - start;
    }
  }

  #demandAllowed(address: string): URL {
    const url = this.#meant(URL.parse(address, this.#base));
    const refusal = url ? this.#refusalOf(url) : notHttp(address);
    if (!url || refusal) throw refusal;
    return url;
  }

  /** Replaces an address below a stand-in by the same path at the base URL. */
  #meant(url: URL | null): URL | null {
    const found = this.#stand_ins.find(
      (prefix) => url?.href.startsWith(prefix) && /^([/?#]|$)/.test(url.href.slice(prefix.length)),
    );
    return url && found ? new URL(this.#base.origin + url.href.slice(found.length)) : url;
  }

  #refusalOf(url: URL): NetworkError | null {
    if (!/^https?:$/.test(url.protocol)) return notHttp(url.href);
    if (!this.#allowed.has(url.origin)) return foreign(url);
    if (!hasUserInfo(url)) return null;
    return new NetworkError('An address must not hold a user name or a password.');
  }

  async #sendOnce(
    request: GuestRequest,
    url: URL,
    credentials: Credentials | null,
    left_ms: number,
  ): Promise<GuestResponse> {
    this.#requests += 1;
    if (this.#requests > MAX_REQUESTS) {
      throw new NetworkError(
        `This notebook has made ${MAX_REQUESTS} requests. A run may not make more.`,
      );
    }
    const own = Object.entries(request.headers);
    const headers: [string, string][] = credentials
      ? [
          ...own.filter(([name]) => name.toLowerCase() !== 'authorization'),
          ['authorization', `Basic ${basicOf(credentials.username, credentials.password)}`],
        ]
      : own;
    const outgoing = {
      method: request.method,
      url: url.href,
      headers,
      body: request.body,
      timeout_ms: Math.max(Math.ceil(Math.min(left_ms, REQUEST_TIMEOUT_MS)), 1),
      max_bytes: MAX_RESPONSE_BYTES,
      refusal_of: (target: URL) => this.#refusalOf(target),
    };
    const started_at = this.#host.now();
    const start = performance.now();
    const record = (response: IncomingResponse | null, error: string | null) => {
      const duration_ms = performance.now() - start;
      this.#record({ outgoing, credentials, response, error, started_at, duration_ms });
      return duration_ms;
    };
    try {
      const response = await this.#host.send(outgoing);
      const duration_ms = record(response, null);
      return this.#shown(response, outgoing, duration_ms);
    } catch (error) {
      record(null, (error as Error).message);
      throw error;
    }
  }

  /** The response for the cell, with secrets hidden. */
  #shown({ status, headers, body }: IncomingResponse, sent: OutgoingRequest, duration_ms: number) {
    return {
      status,
      headers: headers.map(([name, value]) => [name, this.hide(value)] as const),
      text: this.hide(body),
      request: { method: sent.method, url: sent.url },
      duration_ms,
    };
  }

  #record(
    sent: Pick<RequestRecord, 'error' | 'started_at' | 'duration_ms'> & {
      readonly outgoing: OutgoingRequest;
      readonly credentials: Credentials | null;
      readonly response: IncomingResponse | null;
    },
  ): void {
    const { outgoing, credentials, response, error, started_at, duration_ms } = sent;
    const { method, url, headers, body } = outgoing;
    this.#records.add({
      method,
      url: this.hide(url),
      headers: headers
        .filter(([name]) => name.toLowerCase() !== 'authorization')
        .map(([name, value]) => [name, this.hide(value)]),
      body: body === null ? null : this.hide(body),
      username: credentials?.username ?? null,
      response: response && {
        status: response.status,
        headers: response.headers.map(([name, value]) => [name, this.hide(value)]),
        body: this.hide(response.body),
        body_length: response.body.length,
      },
      error,
      started_at,
      duration_ms,
    });
  }
}

interface Authenticated {
  readonly credentials: Credentials;
  /** Whether the notebook's own code gave them. Credentials of the host are only for the API. */
  readonly is_of_notebook: boolean;
}

function notHttp(address: string): NetworkError {
  return new NetworkError(`"${address}" is not an http or https address.`);
}

/** The error of a request to an origin that is not allowed. */
function foreign(url: URL): NetworkError {
  return new NetworkError(
    `This notebook may not send requests to ${url.origin}. In the console it may reach only this server. On the command line --allow-origin allows further origins, and --map ${url.origin} sends such requests to the base URL instead.`,
  );
}

function hasAuthorization({ headers }: GuestRequest): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

function isSame(one: Credentials, other: Credentials | null): boolean {
  return one.username === other?.username && one.password === other.password;
}

/** The realm of a Basic challenge; null when the response has none. */
function basicRealmOf({ headers }: GuestResponse): string | null {
  const challenge = headers.find(([name]) => name.toLowerCase() === 'www-authenticate')?.[1];
  if (challenge === undefined || !/^Basic\b/i.test(challenge)) return null;
  return /realm="([^"]*)"/i.exec(challenge)?.[1] ?? '';
}
