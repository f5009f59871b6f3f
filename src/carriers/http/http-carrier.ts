import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { carrierErrorOf } from '../carrier-error.ts';
import type { CarrierKind, CarrierOutside } from '../carrier-kind.ts';
import type { Health, MessageCarrier, OutMessage, Probe, Submitted } from '../message-carrier.ts';

/** The time for the connection, and for the answer. Both end before the caller gives up. */
const CONNECT_MS = 5_000;
const ANSWER_MS = 20_000;
const ANSWER_BYTES = 64 * 1024;
/** The pause after a throttled message whose answer names none, and the longest one. */
const PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 60 * 60_000;
/** The pause while the far side cannot be reached, or does not know us. */
const DOWN_MS = 30_000;
const MIN_SECRET = 16;
const MAX_URL = 2_048;

interface HttpSettings {
  readonly url: string;
  readonly secret: string;
  readonly events_token: string;
  readonly [field: string]: unknown;
}

/** An answer of the far side, or the reason why there is none. */
type Reply =
  | { readonly status: number; readonly retry_after: string | undefined; readonly body: string }
  | { readonly status: null; readonly has_left: boolean; readonly problem: string };

/** Failures before the first byte of the request. */
const BEFORE_SENDING =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|ERR_TLS_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/;

/** The contract of our own: docs/guides/carriers.md, "The kind http". */
export const httpKind: CarrierKind<HttpSettings> = {
  carries: ['messages'],
  settings: (secret) =>
    z.strictObject({
      url: z
        .string({ error: 'must be an http or https URL' })
        .max(MAX_URL, `must have at most ${MAX_URL} characters`)
        .refine(isUrl, 'must be an http or https URL, without a user and a password'),
      secret: secret().refine(isLong, `must have at least ${MIN_SECRET} characters`),
      events_token: secret().refine(isLong, `must have at least ${MIN_SECRET} characters`),
    }),
  events_token: ({ events_token }) => events_token,
  open: (name, settings, outside) => new HttpCarrier(name, settings, outside),
};

const isLong = (text: string) => text.length >= MIN_SECRET;

function isUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '';
}

class HttpCarrier implements MessageCarrier {
  readonly kind = 'http';
  readonly name: string;
  readonly #settings: HttpSettings;
  readonly #outside: CarrierOutside;
  #health: Health = { state: 'unknown', detail: null, since: null };
  #underWay = new Set<Promise<unknown>>();

  constructor(name: string, settings: HttpSettings, outside: CarrierOutside) {
    this.name = name;
    this.#settings = settings;
    this.#outside = outside;
  }

  submit(message: OutMessage): Promise<Submitted> {
    const submitting = this.#submit(message);
    this.#underWay.add(submitting);
    return submitting.finally(() => this.#underWay.delete(submitting));
  }

  async probe(): Promise<Probe> {
    const reply = await this.#post({ type: 'ping' });
    if (reply.status === null) return { is_up: false, detail: reply.problem };
    const is_up = reply.status >= 200 && reply.status < 300;
    return { is_up, detail: `it answered ${reply.status} to a ping` };
  }

  health(): Health {
    return this.#health;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #submit({ media, valid_until, ...message }: OutMessage): Promise<Submitted> {
    const reply = await this.#post({
      type: 'message',
      ...message,
      media: media.map(({ content, ...file }) => ({
        ...file,
        content: content.toString('base64'),
      })),
      valid_until: new Date(valid_until).toISOString(),
    });
    return this.#judge(reply);
  }

  #judge(reply: Reply): Submitted {
    if (reply.status === null) {
      this.#note('down', reply.problem);
      if (reply.has_left) return { is: 'unknown', detail: reply.problem };
      return { is: 'later', retry_ms: DOWN_MS, detail: reply.problem };
    }
    const { status, retry_after, body } = reply;
    const detail = `it answered ${status}`;
    if (status >= 200 && status < 300) {
      this.#note('up', null);
      const id = fieldsOf(body)['id'];
      return { is: 'accepted', refs: typeof id === 'string' ? [id.slice(0, 100)] : [] };
    }
    if (status === 429 || status === 503) {
      this.#note('throttled', detail);
      return { is: 'later', retry_ms: pauseOf(retry_after), detail };
    }
    if (status >= 500) {
      this.#note('down', detail);
      return { is: 'unknown', detail };
    }
    // The request did not get past the door, so another one with a mended file may.
    if (status < 400 || [401, 403, 404, 405, 407].includes(status)) {
      this.#note('down', detail);
      return { is: 'later', retry_ms: DOWN_MS, detail };
    }
    this.#note('up', null);
    const { code, message } = fieldsOf(body);
    const said = typeof message === 'string' ? message : detail;
    return {
      is: 'refused',
      code: carrierErrorOf(typeof code === 'number' ? code : null),
      detail: said,
    };
  }

  async #post(value: unknown): Promise<Reply> {
    const { url, secret } = this.#settings;
    const body = JSON.stringify(value);
    const time = String(Math.floor(this.#outside.realNow() / 1_000));
    const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    const { Agent, request } = await import('undici');
    // A connection that was kept may be closed by the far side at the moment of the next request, and
    // nobody could say whether that request arrived.
    const dispatcher = new Agent({ pipelining: 0, connect: { timeout: CONNECT_MS } });
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'tieline-signature': `t=${time},v1=${signature}`,
        },
        body,
        dispatcher,
        headersTimeout: ANSWER_MS,
        bodyTimeout: ANSWER_MS,
        signal: AbortSignal.timeout(ANSWER_MS + CONNECT_MS),
      });
      const retry_after = answer.headers['retry-after'];
      return {
        status: answer.statusCode,
        retry_after: typeof retry_after === 'string' ? retry_after : undefined,
        body: await beginningOf(answer.body),
      };
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      return { status: null, has_left: !BEFORE_SENDING.test(code), problem: code || message };
    } finally {
      void dispatcher.destroy();
    }
  }

  #note(state: Health['state'], detail: string | null): void {
    if (this.#health.state === state) return;
    this.#health = { state, detail, since: this.#outside.realNow() };
    this.#outside.log.info({ carrier: this.name, state, detail }, 'the state of a carrier changed');
  }
}

/** The beginning of a body. An answer whose body breaks off is complete with its status. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of body) {
      parts.push(part);
      bytes += part.length;
      if (bytes > ANSWER_BYTES) break;
    }
  } catch {
    // The status has said everything that decides.
  }
  return Buffer.concat(parts).subarray(0, ANSWER_BYTES).toString('utf8');
}

function fieldsOf(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function pauseOf(retry_after: string | undefined): number {
  const seconds = /^\d{1,6}$/.test(retry_after ?? '') ? Number(retry_after) : null;
  return seconds === null ? PAUSE_MS : Math.min(Math.max(seconds * 1_000, 100), MAX_PAUSE_MS);
}
