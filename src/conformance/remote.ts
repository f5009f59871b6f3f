import {
  type IncomingResponse,
  NetworkError,
  type OutgoingRequest,
} from '../notebooks/run/host.ts';
import { basicOf } from '../notebooks/run/secrets.ts';

/** A server that speaks the API, and whose credentials are used there. */
export interface Remote {
  /** For paths below `/2010-04-01`. */
  readonly api: string;
  /** For paths below `/v1`. */
  readonly voice: string;
  readonly account_sid: string;
  readonly username: string;
  readonly password: string;
}

/** Sends one request and reads the answer. */
export type Send = (request: OutgoingRequest) => Promise<IncomingResponse>;

/** What was answered to one GET. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly header: (name: string) => string | null;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 10 * 1024 * 1024;
/** Requests of one check; somebody pays for what these ask. */
const MAX_REQUESTS = 1_000;

/** What is shorter than this is no secret of any use, and may stand anywhere. */
const MIN_SECRET_LENGTH = 8;

/** Only ever reads: there is no way to send anything but GET. */
export class Reader {
  readonly #remote: Remote;
  readonly #send: Send;
  #requests = 0;
  #asked = '';

  constructor(remote: Remote, send: Send) {
    this.#remote = remote;
    this.#send = send;
  }

  /** How many requests were sent. */
  get requests(): number {
    return this.#requests;
  }

  /** The path that was asked for last. */
  get asked(): string {
    return this.#asked;
  }

  /**
   * Asks for a path such as `/2010-04-01/Accounts/AC….json?PageSize=1`.
   * @param password another one, or none, in place of the right one
   * @throws NetworkError where there is no answer
   */
  async get(path: string, password: string | null = this.#remote.password): Promise<Reply> {
    this.#requests += 1;
    if (this.#requests > MAX_REQUESTS) throw new Error(`more than ${MAX_REQUESTS} requests`);
    this.#asked = path;
    const { api, voice, username } = this.#remote;
    // Whatever a server named as its next page, nobody else is asked.
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

  /** What a server repeats of the credentials is nobody's to read in a report. */
  #withoutSecrets(text: string): string {
    const { username, password } = this.#remote;
    const secrets = [password, basicOf(username, password)];
    return secrets
      .filter(({ length }) => length >= MIN_SECRET_LENGTH)
      .reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
  }
}

/** Why a redirect is not followed that leaves where it began; null for one that stays. */
function strayFrom(from: string, { origin }: URL): NetworkError | null {
  if (origin === new URL(from).origin) return null;
  return new NetworkError(
    `${from} redirects to ${origin}: only the server that is named with --against is asked.`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
