import {
  type IncomingResponse,
  NetworkError,
  type OutgoingRequest,
} from '../notebooks/run/host.ts';
import { basicOf } from '../notebooks/run/secrets.ts';

/** The compared server, with the credentials for it. */
export interface Remote {
  /** The base address for paths below `/2010-04-01`. */
  readonly api: string;
  /** The base address for paths below `/v1`. */
  readonly voice: string;
  readonly account_sid: string;
  readonly username: string;
  readonly password: string;
}

/** Sends one request and reads the answer. */
export type Send = (request: OutgoingRequest) => Promise<IncomingResponse>;

/** The answer to one GET. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly header: (name: string) => string | null;
  /** The body as JSON; undefined when the body is not JSON. */
  readonly json: unknown;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 10 * 1024 * 1024;
/** The most requests of one check, because the account may have to pay for requests. */
const MAX_REQUESTS = 1_000;

/** Shorter texts are not useful secrets and may occur anywhere. */
const MIN_SECRET_LENGTH = 8;

/** Reads from the server. The class can send only GET requests. */
export class Reader {
  readonly #remote: Remote;
  readonly #send: Send;
  #requests = 0;
  #asked = '';

  constructor(remote: Remote, send: Send) {
    this.#remote = remote;
    this.#send = send;
  }

  /** The number of sent requests. */
  get requests(): number {
    return this.#requests;
  }

  /** The last requested path. */
  get asked(): string {
    return this.#asked;
  }

  /**
   * Requests a path such as `/2010-04-01/Accounts/AC….json?PageSize=1`.
   * @param password replaces the right password; null sends no credentials
   * @throws NetworkError when no answer comes
   */
  async get(path: string, password: string | null = this.#remote.password): Promise<Reply> {
    this.#requests += 1;
    if (this.#requests > MAX_REQUESTS) throw new Error(`more than ${MAX_REQUESTS} requests`);
    this.#asked = path;
    const { api, voice, username } = this.#remote;
    // Requests go only to the named server, even if it names another host for its next page.
    const { origin } = new URL(path.startsWith('/v1/') ? voice : api);
    const headers: [string, string][] = [['accept', 'application/json']];
    if (password !== null) headers.push(['authorization', `Basic ${basicOf(username, password)}`]);
    const answer = await this.#send({
      method: 'GET',
      url: origin + path,
      headers,
      body: null,
      timeout_ms: TIMEOUT_MS,
      max_bytes: MAX_BYTES,
      refusal_of: (target) => strayFrom(origin + path, target),
    });
    const { status, headers: got } = answer;
    const body = this.#withoutSecrets(answer.body);
    const header = (name: string) => got.find(([key]) => key.toLowerCase() === name)?.[1] ?? null;
    const type = (header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    return { status, type, text: body, header, json: jsonOf(body) };
  }

  /** Removes credentials that a server repeats, because reports must not show them. */
  #withoutSecrets(text: string): string {
    const { username, password } = this.#remote;
    const secrets = [password, basicOf(username, password)];
    return secrets
      .filter(({ length }) => length >= MIN_SECRET_LENGTH)
      .reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
  }
}

/** The error of a redirect to another origin; null for the same origin. */
function strayFrom(from: string, { origin }: URL): NetworkError | null {
  if (origin === new URL(from).origin) return null;
  return new NetworkError(
    `${from} redirects to ${origin}. The check sends requests only to the server of --against.`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
