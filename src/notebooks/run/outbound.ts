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

/** Of one notebook's run, the ones that were asked again with credentials counted twice. */
const MAX_REQUESTS = 50_000;
const MAX_RESPONSE_BYTES = 10 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often credentials are asked for anew when they are refused. */
const MAX_REFUSALS = 2;

/** A request as a cell makes it. */
export interface GuestRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** What `authenticate` gave; null for none. */
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
 * Everything that leaves a notebook: to allowed origins only, with credentials that guest code
 * never sees. Nothing is sent with a request until the server asks for it by a Basic challenge;
 * then it is kept for the origin (RFC 7617).
 */
export class Outbound {
  readonly #host: Host;
  readonly #base: URL;
  readonly #allowed: ReadonlySet<string>;
  readonly #stand_ins: readonly string[];
  readonly #secrets = new Secrets();
  /** By what `authenticate` gave to the guest. */
  readonly #authenticated = new Map<string, Authenticated>();
  #own: Credentials | null = null;
  #requests = 0;
  #waited_ms = 0;
  readonly #records = new RequestRecords();

  /** @param stand_ins addresses that mean the base URL, with all below them */
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

  /** What went out since this was last asked. */
  takeRecords(): RequestRecord[] {
    return this.#records.take();
  }

  /** How long people have thought about credentials since this was last asked. */
  takeWaited(): number {
    const waited_ms = this.#waited_ms;
    this.#waited_ms = 0;
    return waited_ms;
  }

  hide(text: string): string {
    return this.#secrets.hide(text);
  }

  /** Sends a cell's request, and asks for credentials where the server does. */
  async send(request: GuestRequest, left_ms: number): Promise<GuestResponse> {
    const url = this.#demandAllowed(request.url);
    const isOurs = url.origin === this.#base.origin;
    const given = request.auth === null ? undefined : this.#authenticated.get(request.auth);
    if (given && (isOurs || given.isOfNotebook)) {
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
   * Credentials for one client. A password that is not given is asked for; it stays here.
   * @returns what the client's requests name them by
   */
  async authenticate(
    username: string | null,
    password: string | null,
  ): Promise<{ id: string; username: string }> {
    const { origin } = this.#base;
    const challenge = { origin, realm: '', username, refused: 0 };
    const own = username !== null && password !== null ? { username, password } : null;
    const found = own ?? (await this.#credentials(challenge));
    if (!found) throw new NetworkError('Nobody gave a user name and a password.');
    this.#secrets.add(found);
    const id = `client-${this.#authenticated.size + 1}`;
    this.#authenticated.set(id, { credentials: found, isOfNotebook: own !== null });
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

  /** The address below the base URL that another one stands for; otherwise itself. */
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
      throw new NetworkError(`A notebook may make ${MAX_REQUESTS} requests, and has made them.`);
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

  /** The response as a cell may see it. */
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
  /** Whether the notebook itself gave them; the host's are for the API alone. */
  readonly isOfNotebook: boolean;
}

function notHttp(address: string): NetworkError {
  return new NetworkError(`"${address}" is no http or https address.`);
}

/** What a notebook is told that goes where it may not. */
function foreign(url: URL): NetworkError {
  return new NetworkError(
    `${url.origin} is no host that this notebook may talk to: in the console that is this server alone, and from the command line also what --allow-origin names; --map ${url.origin} asks the base URL in its place.`,
  );
}

function hasAuthorization({ headers }: GuestRequest): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

function isSame(one: Credentials, other: Credentials | null): boolean {
  return one.username === other?.username && one.password === other.password;
}

/** The realm of a Basic challenge; null where there is no such challenge. */
function basicRealmOf({ headers }: GuestResponse): string | null {
  const challenge = headers.find(([name]) => name.toLowerCase() === 'www-authenticate')?.[1];
  if (challenge === undefined || !/^Basic\b/i.test(challenge)) return null;
  return /realm="([^"]*)"/i.exec(challenge)?.[1] ?? '';
}
