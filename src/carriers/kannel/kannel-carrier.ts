import { isLoopbackHost } from '../../kit/loopback.ts';
import { AT_THE_DOOR, callOut, DOWN_MS, pauseOf, type Reply } from '../call-out.ts';
import { CalledCarrier } from '../called-carrier.ts';
import { GSM_BASIC, GSM_EXTENSION } from '../gsm-letters.ts';
import type {
  CarrierAnswer,
  CarrierRequest,
  OutMessage,
  Probe,
  Submitted,
} from '../message-carrier.ts';
import { hearKannel } from './hear-kannel.ts';
import { type KannelSettings, reportKey } from './kannel-settings.ts';

/** All reports: delivered 1, not delivered 2, buffered 4, taken by the centre 8, refused by it 16. */
const ALL_REPORTS = '31';
const UCS2 = '2';
const GSM = '0';
const MINUTE_MS = 60_000;
const MAX_SAID = 160;
const LETTERS = new Set(GSM_BASIC + GSM_EXTENSION);

/** The names of the fields in Kannel's own headers. */
const HEADERS: Readonly<Record<string, string>> = {
  username: 'X-Kannel-Username',
  password: 'X-Kannel-Password',
  from: 'X-Kannel-From',
  to: 'X-Kannel-To',
  coding: 'X-Kannel-Coding',
  validity: 'X-Kannel-Validity',
  smsc: 'X-Kannel-SMSC',
  'dlr-mask': 'X-Kannel-DLR-Mask',
  'dlr-url': 'X-Kannel-DLR-URL',
};

type Fields = Readonly<Record<string, string>>;

/** A gateway that is called by Kannel's `sendsms`, and calls back by addresses of this server. */
export class KannelCarrier extends CalledCarrier<KannelSettings> {
  readonly kind = 'kannel';

  /** A request without a recipient: who knows the user complains about the recipient. */
  async probe(): Promise<Probe> {
    const { username, password } = this.settings;
    const reply = await this.#call({ username, password }, '');
    if (reply.status === null) return { is_up: false, detail: reply.problem };
    const is_up = reply.status < 500 && !AT_THE_DOOR.has(reply.status);
    return { is_up, detail: `it answered ${reply.status} to a request without a recipient` };
  }

  hear(request: CarrierRequest): Promise<CarrierAnswer> {
    return hearKannel({ name: this.name, ...this.outside }, this.settings, request);
  }

  protected async send(message: OutMessage): Promise<Submitted> {
    const { to, media } = message;
    const refused = (detail: string) => ({ is: 'refused', code: 30008, detail }) as const;
    if (media.length > 0) return refused('Kannel carries no files');
    if (to.includes(':')) return refused('Kannel reaches phone numbers only');
    return this.#judge(await this.#call(this.#fieldsOf(message), message.body));
  }

  #fieldsOf({ sid, to, from, body, valid_until }: OutMessage): Fields {
    const { username, password, smsc } = this.settings;
    const { now, home } = this.outside;
    const minutes = Math.max(1, Math.ceil((valid_until - now()) / MINUTE_MS));
    const key = reportKey(this.settings, sid);
    const reports = `${home.origin}/_carrier/${this.name}/dlr/${sid}?key=${key}&type=%d&told=%A`;
    return {
      username,
      password,
      from,
      to,
      coding: [...body].every((letter) => LETTERS.has(letter)) ? GSM : UCS2,
      validity: String(minutes),
      ...(smsc !== undefined && { smsc }),
      ...(this.#reachesUs() && { 'dlr-mask': ALL_REPORTS, 'dlr-url': reports }),
    };
  }

  #call(fields: Fields, text: string): Promise<Reply> {
    const { url, method } = this.settings;
    if (method === 'headers') {
      const named = Object.entries(fields).map(([name, value]) => [HEADERS[name] ?? name, value]);
      const type = { 'content-type': 'text/plain; charset=UTF-8' };
      const headers = { ...type, ...(Object.fromEntries(named) as Fields) };
      return callOut({ url, method: 'POST', headers, body: text });
    }
    const form = new URLSearchParams({ ...fields, charset: 'UTF-8', text }).toString();
    if (method === 'form') {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return callOut({ url, method: 'POST', headers, body: form });
    }
    const query = `${url}${url.includes('?') ? '&' : '?'}${form}`;
    return callOut({ url: query, method: 'GET', headers: {} });
  }

  #judge(reply: Reply): Submitted {
    if (reply.status === null) return this.unanswered(reply);
    const { status, headers, body } = reply;
    const text = body
      .toString('utf8')
      .replaceAll(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, MAX_SAID);
    const said = `it answered ${status}${text === '' ? '' : `: ${text}`}`;
    if (status >= 200 && status < 300) {
      this.note('up', null);
      return { is: 'accepted', refs: [] };
    }
    if (status === 429 || status === 503) {
      this.note('throttled', said);
      return { is: 'later', retry_ms: pauseOf(headers['retry-after']), detail: said };
    }
    if (status >= 500) {
      this.note('down', said);
      return { is: 'unknown', detail: said };
    }
    // Kannel answers 403 to a stranger, and to a recipient for whom it has no centre.
    if (status === 403 && /not routable/i.test(text)) {
      this.note('up', null);
      return { is: 'refused', code: 21612, detail: said };
    }
    if (status < 400 || AT_THE_DOOR.has(status)) {
      this.note('down', said);
      return { is: 'later', retry_ms: DOWN_MS, detail: said };
    }
    this.note('up', null);
    return { is: 'refused', code: 30008, detail: said };
  }

  /** A gateway elsewhere cannot call an address of this machine alone. */
  #reachesUs(): boolean {
    const isLocal = (url: string) => isLoopbackHost(URL.parse(url)?.host ?? '');
    return !isLocal(this.outside.home.origin) || isLocal(this.settings.url);
  }
}
