import { HOPS_HEADER } from '../../http/parameters/hops.ts';
import { isLoopbackHost } from '../../kit/loopback.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { AT_THE_DOOR, DOWN_MS, fieldsOf, pauseOf, type Reply } from '../call-out.ts';
import { CalledCarrier } from '../called-carrier.ts';
import type {
  Asked,
  AskedFor,
  CarrierAnswer,
  CarrierRequest,
  Cost,
  OutMessage,
  Probe,
  Submitted,
} from '../message-carrier.ts';
import { askCostThere, askUpstream } from './ask-upstream.ts';
import { hearUpstream } from './hear-upstream.ts';
import { mediaUrl } from './media-url.ts';
import { takeMissed } from './take-missed.ts';
import { callUpstream, type TwilioSettings } from './upstream.ts';
import { codeOf, THROTTLED } from './upstream-words.ts';

/** The longest and shortest validity that the upstream takes. */
const MAX_VALIDITY_SECONDS = 36_000;
const PING_BYTES = 4_096;
const OURSELVES = 'its base is the address of this server';

/** An account at another platform with Twilio's API, which carries this platform's messages. */
export class TwilioCarrier extends CalledCarrier<TwilioSettings> {
  readonly kind = 'twilio';
  /** The time up to which all messages that came in are known to be here; null: not known. */
  #caughtUp: EpochMs | null = null;

  async probe(): Promise<Probe> {
    if (this.#isOurselves()) return { is_up: false, detail: OURSELVES };
    const reply = await callUpstream(this.settings, '.json', { max_bytes: PING_BYTES });
    if (reply.status === null) return { is_up: false, detail: reply.problem };
    const detail = `it answered ${reply.status} for its account`;
    return { is_up: reply.status === 200, detail };
  }

  ask(wanted: AskedFor): Promise<Asked> {
    return askUpstream(this.settings, wanted);
  }

  cost(ref: string): Promise<Cost | null> {
    return askCostThere(this.settings, ref);
  }

  async catchUp(): Promise<void> {
    if (this.#isOurselves()) return;
    const began = this.outside.realNow();
    const outside = { name: this.name, ...this.outside };
    if (await takeMissed(outside, this.settings, this.#caughtUp)) this.#caughtUp = began;
  }

  hear(request: CarrierRequest): Promise<CarrierAnswer> {
    return hearUpstream({ name: this.name, ...this.outside }, this.settings, request);
  }

  protected async send(message: OutMessage): Promise<Submitted> {
    if (this.#isOurselves()) return { is: 'refused', code: 21612, detail: OURSELVES };
    const reply = await callUpstream(this.settings, '/Messages.json', {
      body: this.#formOf(message).toString(),
      headers: { [HOPS_HEADER]: String(message.hops + 1) },
    });
    return this.#judge(reply);
  }

  /** The upstream's form. Callbacks and files of customers never go there, only our addresses. */
  #formOf({ sid, to, from, body, media, valid_until }: OutMessage): URLSearchParams {
    const { home, now, realNow } = this.outside;
    const form = new URLSearchParams({ To: to, From: from });
    if (body !== '') form.set('Body', body);
    const seconds = Math.floor((valid_until - now()) / 1_000);
    form.set('ValidityPeriod', String(Math.min(Math.max(seconds, 1), MAX_VALIDITY_SECONDS)));
    const ours = `${home.origin}/_carrier/${this.name}`;
    if (this.#reachesUs()) form.set('StatusCallback', `${ours}/status/${sid}`);
    for (const file of media) {
      const place = { message_sid: sid, sid: file.sid };
      form.append('MediaUrl', mediaUrl(ours, place, this.settings.auth_token, realNow()));
    }
    return form;
  }

  #judge(reply: Reply): Submitted {
    if (reply.status === null) return this.unanswered(reply);
    const { status, headers } = reply;
    const { sid, code, message } = fieldsOf(reply.body);
    const said = typeof message === 'string' ? message : `it answered ${status}`;
    if (status >= 200 && status < 300) {
      this.note('up', null);
      return { is: 'accepted', refs: typeof sid === 'string' ? [sid.slice(0, 100)] : [] };
    }
    if (status === 429 || (status < 500 && THROTTLED.has(code))) {
      this.note('throttled', said);
      return { is: 'later', retry_ms: pauseOf(headers['retry-after']), detail: said };
    }
    // An error of the server may come after the message was made.
    if (status >= 500) {
      this.note('down', said);
      return { is: 'unknown', detail: said };
    }
    if (status < 400 || AT_THE_DOOR.has(status)) {
      this.note('down', said);
      return { is: 'later', retry_ms: DOWN_MS, detail: said };
    }
    this.note('up', null);
    return { is: 'refused', code: codeOf(code) ?? 30008, detail: said };
  }

  #isOurselves(): boolean {
    return URL.parse(this.settings.base)?.origin === URL.parse(this.outside.home.origin)?.origin;
  }

  /** A far side elsewhere cannot call an address of this machine alone. */
  #reachesUs(): boolean {
    const isLocal = (url: string) => isLoopbackHost(URL.parse(url)?.host ?? '');
    return !isLocal(this.outside.home.origin) || isLocal(this.settings.base);
  }
}
