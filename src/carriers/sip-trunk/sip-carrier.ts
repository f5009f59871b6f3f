import type { CarrierOutside } from '../carrier-kind.ts';
import { fetchSound } from '../fetch-sound.ts';
import { Prompts } from '../media/prompts.ts';
import { Speaker } from '../media/speech.ts';
import type { Health } from '../message-carrier.ts';
import { orderTargets } from '../order-targets.ts';
import { SipAgent } from '../sip/agent.ts';
import type { CallEnd } from '../sip/call.ts';
import type { Dialog } from '../sip/dialog.ts';
import type { IncomingCall } from '../sip/incoming-call.ts';
import { canAnswer } from '../sip/offer-answer.ts';
import type { SipOutside } from '../sip/outside.ts';
import type {
  CarrierTargets,
  LegEvents,
  LegTarget,
  LegWanted,
  VoiceCarrier,
} from '../voice-carrier.ts';
import { TargetQuestions } from './ask-targets.ts';
import { isNumber, questionOf } from './call-request.ts';
import type { OpenSound } from './call-sound.ts';
import { drawBy } from './draw.ts';
import { IncomingLeg } from './incoming-leg.ts';
import { invitationOf } from './invited.ts';
import { lineSound } from './line-sound.ts';
import { Locator } from './locate.ts';
import { hopsOf, SipLeg, type Turn } from './sip-leg.ts';
import type { SipSettings } from './sip-settings.ts';
import { TargetStates } from './target-states.ts';

/** The pause before addresses that could not be opened are tried again. */
const AGAIN_MS = 5_000;
/** The longest wait for the ends of calls when the carrier stops. */
const STOP_MS = 2_000;
/** The wait for an answer to OPTIONS, in which the question is repeated three times. */
const ASK_WAIT_MS = 4_000;
const TOKEN_BYTES = 12;
/** The offer of a caller has nothing that can be taken. */
const NOT_ACCEPTABLE = 488;
const BROKEN = 500;
/** The numbers that a dead owner may have used after the one that it wrote down. */
const CSEQ_STEP = 1_000;

/** Connects calls over SIP. */
export class SipCarrier implements VoiceCarrier {
  readonly kind = 'sip';
  readonly name: string;
  readonly #settings: SipSettings;
  readonly #outside: CarrierOutside;
  readonly #time: SipOutside;
  readonly #locator: Locator;
  readonly #states: TargetStates;
  readonly #questions: TargetQuestions;
  readonly #openSound: OpenSound;
  readonly #legs = new Set<SipLeg | IncomingLeg>();
  #agent: SipAgent | null = null;
  #opening: Promise<void>;
  #health: Health = { state: 'unknown', detail: null, since: null };
  #isStopped = false;
  #isDraining = false;
  #idle: (() => void) | null = null;

  constructor(name: string, settings: SipSettings, outside: CarrierOutside) {
    this.name = name;
    this.#settings = settings;
    this.#outside = outside;
    this.#time = timeOf(outside);
    this.#locator = new Locator(settings, outside);
    this.#states = new TargetStates({ now: this.#time.now, realNow: outside.realNow });
    this.#questions = new TargetQuestions({
      outside: this.#time,
      ask: (address) => this.#ask(address),
      heard: (address, end) => this.#states.asked(address, end),
    });
    this.#openSound = lineSound({
      media: outside.media,
      ports: settings.rtp ?? { host: settings.listen[0]?.host ?? '', first: 0, last: 0 },
      source: new Prompts({
        speaker: new Speaker(),
        fetchFile: (url, etag) => fetchSound(outside, url, etag),
      }),
      mayCall: (address) => this.#locator.mayCall(address),
      randomBytes: outside.randomBytes,
    });
    this.#opening = this.#open();
  }

  /** The address that others reach; null while it is not open. */
  get address(): { readonly host: string; readonly port: number } | null {
    return this.#agent?.address ?? null;
  }

  /** Resolves when it is open, or could not be opened. */
  async opened(): Promise<void> {
    await this.#opening;
  }

  health(): Health {
    return this.#health;
  }

  get targets(): CarrierTargets {
    const [questions, states] = [this.#questions, this.#states];
    return {
      watch: (addresses) => questions.watch(addresses),
      watched: questions.addresses,
      stateOf: (address) => states.stateOf(address),
    };
  }

  dial(wanted: LegWanted, hear: LegEvents): SipLeg {
    const { try_ms, proxy, domain } = this.#settings;
    const leg: SipLeg = new SipLeg(wanted, hear, {
      agent: async () => {
        await this.#opening;
        return this.#isStopped ? null : this.#agent;
      },
      outside: this.#time,
      turns: this.#turnsOf(wanted),
      routes: proxy === undefined ? [] : [proxy],
      domain: () => domain ?? this.address?.host ?? '',
      try_ms,
      openSound: this.#openSound,
      broken: (err) => this.#outside.log.error({ err, call: wanted.call_sid }, 'a call broke'),
      gone: () => this.#forget(leg),
    });
    this.#legs.add(leg);
    void leg.start();
    return leg;
  }

  async adopt(text: string | null): Promise<void> {
    await this.#opening;
    if (text === null || !this.#agent) return;
    const dialog = JSON.parse(text) as Dialog;
    await this.#agent.endDialog({ ...dialog, local_cseq: dialog.local_cseq + CSEQ_STEP });
  }

  drain(): void {
    this.#isDraining = true;
    this.#agent?.drain();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.drain();
    this.#questions.stop();
    for (const leg of this.#legs) leg.hangUp();
    if (this.#legs.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
        setTimeout(resolve, STOP_MS).unref();
      });
    }
    await this.#opening;
    await this.#agent?.finish();
    this.#agent = null;
  }

  #forget(leg: SipLeg | IncomingLeg): void {
    this.#legs.delete(leg);
    if (this.#legs.size === 0) this.#idle?.();
  }

  /** The targets of a call, in the order of trying. */
  #turnsOf({ to, targets }: LegWanted): Turn[] {
    const { proxy } = this.#settings;
    if (targets === null) {
      if (!isNumber(to)) return [this.#turnOf(to)];
      return proxy === undefined ? [] : [this.#turnOf(proxy)];
    }
    const draw = drawBy(this.#outside.randomBytes);
    const isDown = ({ target }: LegTarget) => this.#states.isDown(target);
    return orderTargets(targets, { draw, isDown }).map(({ target }) => this.#turnOf(target));
  }

  async #invited(call: IncomingCall): Promise<number | null> {
    const { request, source } = call;
    try {
      const invitation = invitationOf(request, source);
      return await this.#outside.inbound.call({
        carrier: this.name,
        ...invitation,
        is_own_host: this.#isOwn(invitation.host),
        mayCome: (targets) => this.#locator.mayCome(source.address, targets),
        open: () => this.#openLeg(call),
      });
    } catch (err) {
      this.#outside.log.error({ err, sip_call_id: request.call_id }, 'a call could not be taken');
      return BROKEN;
    }
  }

  async #openLeg(call: IncomingCall): Promise<IncomingLeg | number> {
    const { body } = call.request;
    if (body.length > 0 && !canAnswer(body, (address) => this.#locator.mayCall(address))) {
      return NOT_ACCEPTABLE;
    }
    const address = this.address?.host ?? '';
    const gone = () => this.#forget(leg);
    const isClosing = () => this.#isDraining;
    const parts = { call, address, openSound: this.#openSound, isClosing, gone };
    const leg = await IncomingLeg.open(parts);
    this.#legs.add(leg);
    return leg;
  }

  /** Whether a host is this carrier, and not the domain of a trunk. `tel:` names none. */
  #isOwn(host: string): boolean {
    const { domain, public: shown, listen } = this.#settings;
    const own = [domain, shown?.host, this.address?.host, ...listen.map((one) => one.host)];
    return host === '' || own.some((one) => one?.toLowerCase() === host);
  }

  /** Asks the hops of a target one after the other, until one answers. */
  async #ask(address: string): Promise<CallEnd | null> {
    const { proxy, domain } = this.#settings;
    try {
      const agent = this.#agent;
      if (!agent) return { why: 'transport', status: null, reason: 'The carrier is not open' };
      const found = await hopsOf(this.#turnOf(address));
      if ('why' in found) return found;
      const question = questionOf(address, domain ?? agent.address.host);
      const routes = proxy === undefined ? [] : [proxy];
      let last: CallEnd | null = null;
      for (const hop of found.hops) {
        last = await agent.ask({ ...question, hop, routes, wait_ms: ASK_WAIT_MS });
        if (last === null) break;
      }
      return last;
    } catch (err) {
      this.#outside.log.error({ err, address }, 'a target could not be asked');
      return { why: 'transport', status: null, reason: 'The server could not ask' };
    }
  }

  #turnOf(address: string): Turn {
    const { proxy } = this.#settings;
    const hops = () =>
      proxy === undefined
        ? this.#locator.locate(address, { by: 'customer' })
        : this.#locator.locate(proxy, { by: 'operator' });
    const heard = (end: CallEnd | null) => this.#states.heard(address, end);
    return { address, hops, heard };
  }

  async #open(): Promise<void> {
    const { listen, public: shown = null, max_calls, tls_cert, tls_key, tls_ca } = this.#settings;
    const own = tls_cert && tls_key ? { cert: tls_cert, key: tls_key } : null;
    const tls = own && { ...own, ...(tls_ca && { ca: tls_ca }) };
    try {
      const parts = {
        outside: this.#time,
        locate: (uri: string) => this.#locator.hopOf(uri),
        invited: (call: IncomingCall) => this.#invited(call),
      };
      this.#agent = await SipAgent.open({ listen, public: shown, tls, max_calls }, parts);
      this.#note('up', null);
      const { host, port } = this.#agent.address;
      this.#outside.log.info({ carrier: this.name, host, port }, 'a carrier of calls is open');
    } catch (error) {
      const detail = (error as Error).message;
      this.#note('down', detail);
      this.#outside.log.error({ carrier: this.name, detail }, 'a carrier of calls cannot listen');
      this.#time.after(AGAIN_MS, () => {
        if (!this.#isStopped) this.#opening = this.#open();
      });
    }
  }

  #note(state: Health['state'], detail: string | null): void {
    if (this.#health.state === state) return;
    this.#health = { state, detail, since: this.#outside.realNow() };
  }
}

function timeOf({ randomBytes }: CarrierOutside): SipOutside {
  return {
    now: () => performance.now(),
    after: (ms, run) => {
      let turn: NodeJS.Immediate | undefined;
      // After a pause of the process its sockets are read first, so an answer that is there already
      // prevents the repeat.
      const timer = setTimeout(() => {
        turn = setImmediate(run);
      }, ms).unref();
      return () => {
        clearTimeout(timer);
        clearImmediate(turn);
      };
    },
    random: () => randomBytes(4).readUInt32BE() / 2 ** 32,
    token: () => randomBytes(TOKEN_BYTES).toString('hex'),
  };
}
