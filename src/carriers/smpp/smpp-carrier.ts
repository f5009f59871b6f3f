import type { CarrierKind, CarrierOutside } from '../carrier-kind.ts';
import type { Health, MessageCarrier, OutMessage, Probe, Submitted } from '../message-carrier.ts';
import { connectTo } from './connect.ts';
import { ReceiptEar } from './hear-receipts.ts';
import { readPart } from './incoming.ts';
import { PartJoiner } from './join-parts.ts';
import { SmppLink } from './link.ts';
import { partsOf } from './outgoing.ts';
import type { Role, SmppOutside } from './outside.ts';
import type { Pdu } from './pdu.ts';
import { readReceipt } from './receipt.ts';
import { type SmppCarrierSettings, smppSettings } from './smpp-settings.ts';
import { submitMessage } from './submit-message.ts';

/** After this time the product takes the fate as unknown, and hears the answer when it comes. */
const ANSWER_MS = 25_000;
/** The longest wait for the first bind of a probe. */
const PROBE_MS = 12_000;
/** The longest wait of a stopping carrier for the messages under way. */
const STOP_MS = 20_000;
const RETRY_MS = 1_000;

/** SMPP 3.4: docs/guides/carriers.md, "The kind smpp". */
export const smppKind: CarrierKind<SmppCarrierSettings> = {
  carries: ['messages'],
  settings: smppSettings,
  open: (name, settings, outside) => new SmppCarrier(name, settings, outside),
};

/** A fault of ours, perhaps after a part left. The contract of carriers says that nothing rejects. */
function brokenOff(error: unknown): Submitted {
  return { is: 'unknown', detail: error instanceof Error ? error.message : String(error) };
}

class SmppCarrier implements MessageCarrier {
  readonly kind = 'smpp';
  readonly name: string;
  readonly #settings: SmppCarrierSettings;
  readonly #outside: CarrierOutside;
  readonly #time: SmppOutside;
  /** The links: one for both directions, or one out and one in. */
  readonly #links: readonly [out: SmppLink, into?: SmppLink];
  readonly #receipts: ReceiptEar;
  readonly #parts: PartJoiner;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #firstNews: readonly PromiseWithResolvers<void>[];
  #since: number | null = null;
  #isStopping = false;
  #reference: number;

  constructor(name: string, settings: SmppCarrierSettings, outside: CarrierOutside) {
    const { inbound, randomBytes } = outside;
    this.name = name;
    this.#settings = settings;
    this.#outside = outside;
    this.#reference = randomBytes(2).readUInt16BE();
    this.#time = {
      now: () => performance.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms).unref();
        return () => clearTimeout(timer);
      },
      random: () => randomBytes(4).readUInt32BE() / 2 ** 32,
      connect: () => connectTo(settings, outside),
    };
    this.#receipts = new ReceiptEar(this.#time, (receipt) => inbound.receipt(name, receipt));
    this.#parts = new PartJoiner(this.#time, async ({ from, to, text: body, is_whole }) => {
      const kept = await inbound.message(name, { id: null, from, to, body, media: [] });
      if (kept === 'unknown') {
        outside.log.warn({ carrier: name, to }, 'a message came in for a number that nobody holds');
      } else if (!is_whole) {
        outside.log.warn({ carrier: name, to }, 'parts of a message that came in never came');
      }
      return true;
    });
    const isDivided = settings.bind === 'separate';
    this.#firstNews = Array.from({ length: isDivided ? 2 : 1 }, () => Promise.withResolvers());
    this.#links = isDivided
      ? [this.#open('transmitter', 0), this.#open('receiver', 1)]
      : [this.#open('transceiver', 0)];
  }

  async submit(message: OutMessage): Promise<Submitted> {
    if (this.#isStopping)
      return { is: 'later', retry_ms: RETRY_MS, detail: 'The link is stopping' };
    const submitting = this.#submit(message).catch((error: unknown) => brokenOff(error));
    this.#underWay.add(submitting);
    void submitting.then(() => this.#underWay.delete(submitting));
    const tooLate = Promise.withResolvers<null>();
    const cancel = this.#time.after(ANSWER_MS, () => tooLate.resolve(null));
    const answer = await Promise.race([submitting, tooLate.promise]);
    cancel();
    if (answer !== null) return answer;
    void submitting.then((late) => this.#tell(message.sid, late));
    return { is: 'unknown', detail: `no answer within ${ANSWER_MS / 1_000} s` };
  }

  async probe(): Promise<Probe> {
    const over = Promise.withResolvers<void>();
    const cancel = this.#time.after(PROBE_MS, over.resolve);
    await Promise.race([Promise.all(this.#firstNews.map(({ promise }) => promise)), over.promise]);
    cancel();
    const { state, detail } = this.health();
    return { is_up: state !== 'down', detail: detail ?? '' };
  }

  health(): Health {
    const [out, into] = this.#links;
    const inward = into?.health();
    // Without the way in there are no receipts.
    const { state, detail } = inward?.state === 'down' ? inward : out.health();
    return { state, detail, since: this.#since };
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const over = Promise.withResolvers<void>();
    const cancel = this.#time.after(STOP_MS, over.resolve);
    await Promise.race([Promise.allSettled(this.#underWay), over.promise]);
    cancel();
    const [out, into] = this.#links;
    await Promise.all([out.stop(), ...(into ? [into.stop()] : [])]);
  }

  async #submit({ sid, to, from, body, media, valid_until }: OutMessage): Promise<Submitted> {
    const refused = (detail: string) => ({ is: 'refused', code: 30008, detail }) as const;
    if (media.length > 0) return refused('SMPP carries no files');
    if (to.includes(':')) return refused('SMPP reaches phone numbers only');
    this.#reference = (this.#reference + 1) & 0xffff;
    const { segmentation: split, alphabet, ...settings } = this.#settings;
    const parts = partsOf(body, { split, alphabet }, this.#reference);
    const valid_ms = settings.validity ? valid_until - this.#outside.now() : null;
    const envelope = { from, to, valid_ms, settings };
    const late = (fate: Submitted) => void this.#tell(sid, fate);
    return submitMessage(this.#links[0], parts, envelope, { ...this.#time, late });
  }

  async #tell(sid: string, submitted: Submitted): Promise<void> {
    const { inbound, log } = this.#outside;
    try {
      await inbound.answer(this.name, sid, submitted);
    } catch (err) {
      log.warn({ err, carrier: this.name, sid }, 'a late answer could not be recorded');
    }
  }

  async #deliver(pdu: Pdu): Promise<number> {
    const { alphabet, country_code = null, ids } = this.#settings;
    const part = readPart(pdu, { alphabet, country_code });
    const receipt = readReceipt(pdu, part.text, ids);
    if (!receipt) return this.#parts.take(part);
    const { refs, state, code, detail } = receipt;
    const of = { refs, to: part.from };
    return this.#receipts.take({ of, state, code, detail }, `${refs.join()} ${state}`);
  }

  #open(role: Role, place: number): SmppLink {
    const { enquire_link } = this.#settings;
    const settings = { ...this.#settings, role, idle_ms: enquire_link * 1_000 };
    return new SmppLink(settings, this.#time, {
      deliver: (pdu) => this.#deliver(pdu),
      changed: (isUp, detail) => {
        const { realNow, log } = this.#outside;
        this.#since = realNow();
        this.#firstNews[place]?.resolve();
        log.info({ carrier: this.name, role, isUp, detail }, 'the state of a carrier changed');
      },
    });
  }
}
