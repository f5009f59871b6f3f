import { createHmac } from 'node:crypto';
import { z } from 'zod';
import {
  AT_THE_DOOR,
  CALLABLE_RULE,
  callOut,
  DOWN_MS,
  fieldsOf,
  isCallable,
  pauseOf,
  type Reply,
} from '../call-out.ts';
import { CalledCarrier } from '../called-carrier.ts';
import { carrierErrorOf } from '../carrier-error.ts';
import type { CarrierKind } from '../carrier-kind.ts';
import type { OutMessage, Probe, Submitted } from '../message-carrier.ts';

const MIN_SECRET = 16;

interface HttpSettings {
  readonly url: string;
  readonly secret: string;
  readonly events_token: string;
  readonly [field: string]: unknown;
}

/** The contract of our own: docs/guides/carriers.md, "The kind http". */
export const httpKind: CarrierKind<HttpSettings> = {
  carries: ['messages'],
  settings: (secret) =>
    z.strictObject({
      url: z.string({ error: CALLABLE_RULE }).refine(isCallable, CALLABLE_RULE),
      secret: secret().refine(isLong, `must have at least ${MIN_SECRET} characters`),
      events_token: secret().refine(isLong, `must have at least ${MIN_SECRET} characters`),
    }),
  events_token: ({ events_token }) => events_token,
  open: (name, settings, outside) => new HttpCarrier(name, settings, outside),
};

const isLong = (text: string) => text.length >= MIN_SECRET;

class HttpCarrier extends CalledCarrier<HttpSettings> {
  readonly kind = 'http';

  async probe(): Promise<Probe> {
    const reply = await this.#post({ type: 'ping' });
    if (reply.status === null) return { is_up: false, detail: reply.problem };
    const is_up = reply.status >= 200 && reply.status < 300;
    return { is_up, detail: `it answered ${reply.status} to a ping` };
  }

  protected async send({ media, valid_until, hops, ...message }: OutMessage): Promise<Submitted> {
    const reply = await this.#post({
      type: 'message',
      ...message,
      hops: hops + 1,
      media: media.map(({ content, ...file }) => ({
        ...file,
        content: content.toString('base64'),
      })),
      valid_until: new Date(valid_until).toISOString(),
    });
    return this.#judge(reply);
  }

  #judge(reply: Reply): Submitted {
    if (reply.status === null) return this.unanswered(reply);
    const { status, headers, body } = reply;
    const detail = `it answered ${status}`;
    if (status >= 200 && status < 300) {
      this.note('up', null);
      const id = fieldsOf(body)['id'];
      return { is: 'accepted', refs: typeof id === 'string' ? [id.slice(0, 100)] : [] };
    }
    if (status === 429 || status === 503) {
      this.note('throttled', detail);
      return { is: 'later', retry_ms: pauseOf(headers['retry-after']), detail };
    }
    if (status >= 500) {
      this.note('down', detail);
      return { is: 'unknown', detail };
    }
    // The request did not get past the door, so another one with a mended file may.
    if (status < 400 || AT_THE_DOOR.has(status)) {
      this.note('down', detail);
      return { is: 'later', retry_ms: DOWN_MS, detail };
    }
    this.note('up', null);
    const { code, message } = fieldsOf(body);
    const said = typeof message === 'string' ? message : detail;
    return {
      is: 'refused',
      code: carrierErrorOf(typeof code === 'number' ? code : null),
      detail: said,
    };
  }

  async #post(value: unknown): Promise<Reply> {
    const { url, secret } = this.settings;
    const body = JSON.stringify(value);
    const time = String(Math.floor(this.outside.realNow() / 1_000));
    const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'tieline-signature': `t=${time},v1=${signature}`,
    };
    return callOut({ url, method: 'POST', headers, body });
  }
}
