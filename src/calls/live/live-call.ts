import { laneOf } from '../../access/main-accounts.ts';
import type { App } from '../../app.ts';
import type { Act } from '../../audit/act.ts';
import type { NewEntry } from '../../carrier/timeline.ts';
import type {
  ComingLeg,
  LegEnd,
  LegEvents,
  LiveLeg,
  VoiceCarrier,
} from '../../carriers/voice-carrier.ts';
import { handOver } from '../../jobs/hand-over.ts';
import type { CallDial } from '../../twiml/call-run.ts';
import type { Call } from '../call.ts';
import { optionsOf } from '../call-options.ts';
import type { Request, Source } from '../call-step.ts';
import { endCall, tellAction } from '../end-call.ts';
import { endOtherLegs } from '../legs.ts';
import { changeOptions, reportAnswered, reportRinging } from '../report-call.ts';
import { type AtRest, atRest } from './begin-live.ts';
import { answerLeg, deleteLeg } from './leg-store.ts';
import { LineTime } from './line-time.ts';
import { LiveDial } from './live-dial.ts';
import type { DialLeg, Dialled, Dialler, LegWay, Next, OnLine } from './on-line.ts';
import { Reports } from './reports.ts';
import { runLive } from './run-live.ts';

/** The document of a leg of a `Dial` that has none. */
const NO_WORDS = '<Response/>';
const NO_URL = 'The number has no voice URL, so its calls have no instructions.';
/** The mark of a leg whose side talks to the one that dialled it. */
const BRIDGED = { is_bridged: true } as const;

/** Everything that a call on a wire needs. */
interface Surroundings extends Dialled {
  readonly app: App;
  readonly dialLeg: DialLeg;
  /** The leg is gone from the line and from the database. */
  readonly gone: () => void;
}

/**
 * A call on a wire, in the process that owns its leg. It records what the carrier reports, and runs
 * the documents of the call's application. The call ends in the database exactly once: here, by a
 * request, or by another process after this one died.
 */
export class LiveCall implements OnLine {
  readonly app: App;
  readonly call: Call;
  readonly reports: Reports;
  readonly #gone: () => void;
  readonly #way: LegWay;
  readonly #dialLeg: DialLeg;
  /** The `Dial` of another call here that waits for this one; null without one. */
  #dialler: Dialler | null;
  readonly #ended = Promise.withResolvers<void>();
  #leg: LiveLeg | null = null;
  /** The same leg, if the call came in. */
  #coming: ComingLeg | null = null;
  readonly #time: LineTime;
  #isDropped = false;
  #isOver = false;
  #document = new AbortController();
  #dial: LiveDial | null = null;
  #dialling: Promise<Next> | null = null;
  /** Whether it is the leg of a `Dial`, until it runs another document. */
  #isLeg: boolean;
  /** Whether another leg of the same `Dial` was answered before. */
  #isLate = false;
  /** The reason why this side ends the call. */
  #because: string | null = null;
  #last: Request | null = null;

  constructor({ app, call, max_seconds, paid_seconds, way, ...around }: Surroundings) {
    const { dialler, dialLeg, gone } = around;
    this.app = app;
    this.call = call;
    this.#way = way;
    this.#dialler = dialler;
    this.#isLeg = call.direction === 'outbound-dial';
    this.#dialLeg = dialLeg;
    this.#gone = gone;
    this.reports = new Reports(app, call, () => this.drop());
    const isUp = (why: string) => void this.end(why);
    this.#time = new LineTime({ app, reports: this.reports, max_seconds, paid_seconds, isUp });
  }

  /** Dials the call. */
  begin(carrier: VoiceCarrier): void {
    const { sid: call_sid, account_sid, to, from } = this.call;
    const { timeout } = optionsOf(this.call);
    const wanted = { call_sid, account_sid, to, from, timeout, ...this.#way };
    this.#leg = carrier.dial(wanted, this.#events());
  }

  /** Takes a call that came in. @param source null: nobody said what to do with it */
  take(leg: ComingLeg, source: Source | null): void {
    [this.#leg, this.#coming] = [leg, leg];
    leg.begin({ ...this.#events(), answered: (dialog) => this.#noteAnswer(dialog) });
    if (source) this.#run(source);
    else void this.end(NO_URL);
  }

  get isAnswered(): boolean {
    return this.#time.answered_at !== null;
  }

  async answer(): Promise<boolean> {
    if (!this.isAnswered) await this.#coming?.answer();
    return this.isAnswered && !this.#isOver;
  }

  reject(reason: 'busy' | 'rejected'): void {
    this.#coming?.reject(reason);
  }

  /** The leg, while it is on the line. */
  get leg(): LiveLeg | null {
    return this.#isOver ? null : this.#leg;
  }

  get seconds(): number {
    return this.#time.seconds;
  }

  get max_seconds(): number {
    return this.#time.max_seconds;
  }

  async dial(verb: CallDial, signal: AbortSignal): Promise<Next> {
    this.#dial = new LiveDial(this, verb, this.#dialLeg);
    this.#dialling = this.#dial.run(signal);
    const next = await this.#dialling;
    // The request of a call that has ended is told with its end.
    if (!signal.aborted) [this.#dial, this.#dialling] = [null, null];
    return next;
  }

  connect(): boolean {
    if (!this.#isLeg) return false;
    if (!this.#isSilent) this.reports.add((act, call) => changeOptions(act, call, BRIDGED));
    this.#dialler?.connected(this);
    return true;
  }

  /** Looks at the legs of its `Dial` that are in no memory here. */
  async look(): Promise<void> {
    this.#time.watch();
    await this.#dial?.look();
  }

  /** Hangs up a call that has ended in the database already. */
  drop(): void {
    this.#isDropped = true;
    this.reports.close();
    this.#hangUp();
    this.#dialler?.left(this);
  }

  /** Hangs up, and ends the call. @returns when it has ended in the database */
  end(because: string | null, last: Request | null = null): Promise<void> {
    this.#because ??= because;
    this.#last ??= last;
    this.#hangUp();
    return this.#ended.promise;
  }

  /** Cuts the call off after so many seconds. */
  limitTime(max_seconds: number): void {
    this.#time.limitTo(max_seconds);
  }

  /** Runs another document at once. */
  async redirect(source: Source): Promise<void> {
    const taken = await this.reports.recordNow(async (act, call) => {
      await handOver(act, { ...call, kind: 'call' }, this.#atRest());
      return call;
    });
    if (!taken) return;
    this.#dialler?.left(this);
    [this.#dialler, this.#isLeg] = [null, false];
    this.#run(source);
  }

  #events(): LegEvents {
    return {
      note: (entry: NewEntry) => this.reports.note(entry),
      ringing: () => this.reports.add((act, call) => reportRinging(act, call)),
      answered: (dialog) => this.#answered(dialog),
      ended: (end) => this.#endedAtLast(end),
    };
  }

  #answered(dialog: string): void {
    if (this.#time.answered_at !== null || this.#isOver) return;
    if (this.#dialler?.answered(this) === false) return this.#comeLate();
    this.#noteAnswer(dialog);
    const { url, method, twiml } = optionsOf(this.call);
    this.#run(url === null ? { text: twiml ?? NO_WORDS } : { url, method, parameters: {} });
  }

  #noteAnswer(dialog: string): void {
    const answered_at = this.#time.begin();
    this.reports.add(async (act, call) => {
      if (this.#isLeg && !(await endOtherLegs(act, call))) {
        this.#comeLate();
        return call;
      }
      const answered = await reportAnswered(act, call, null);
      const { sid: call_sid, root_sid } = call;
      await answerLeg(act.tx, { call_sid, root_sid }, { answered_at, dialog });
      await handOver(act, { ...call, kind: 'call' }, this.#atRest());
      return this.#isSilent ? changeOptions(act, answered, BRIDGED) : answered;
    });
  }

  /** Whether it is the leg of a `Dial` that hears nothing before both sides talk. */
  get #isSilent(): boolean {
    const { url, send_digits } = optionsOf(this.call);
    return this.#isLeg && url === null && send_digits === null;
  }

  /** Another leg of the same `Dial` was answered before, so this one counts as not answered. */
  #comeLate(): void {
    this.#isLate = true;
    this.#time.unmake();
    void this.end(null);
  }

  #atRest(): AtRest {
    const { answered_at, limit: max_seconds } = this.#time;
    return atRest({ answered_at, max_seconds }, this.app.now());
  }

  #run(source: Source): void {
    this.#document.abort();
    this.#document = new AbortController();
    [this.#dial, this.#dialling] = [null, null];
    void runLive(this, source, this.#document.signal);
  }

  #hangUp(): void {
    if (this.#isOver) return;
    this.#time.stop();
    this.#document.abort();
    this.#leg?.hangUp();
  }

  /** The leg has left the line. */
  #endedAtLast(end: LegEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#time.end();
    this.#document.abort();
    void this.#recordEnd(end).finally(() => {
      this.#dialler?.left(this);
      this.#gone();
      this.#ended.resolve();
    });
  }

  async #recordEnd(end: LegEnd): Promise<void> {
    const { app, call } = this;
    const { sid: call_sid, root_sid, account_sid } = call;
    const leg = { call_sid, root_sid, owner: app.processId };
    const next = this.#isDropped ? null : await this.#dialling?.catch(() => null);
    if (next && 'url' in next) this.#last ??= next;
    const isEnded =
      !this.#isDropped &&
      (await this.reports.recordNow(async (act, now) => {
        const ended = await this.#endIn(act, now, end);
        await deleteLeg(act.tx, leg);
        return ended;
      }));
    if (isEnded) return;
    const lane = await laneOf(app, account_sid);
    await this.reports.persist(() => app.database.write((tx) => deleteLeg(tx, leg), lane));
  }

  async #endIn(act: Act, call: Call, { status, detail }: LegEnd): Promise<Call> {
    const isAnswered = this.#time.answered_at !== null;
    const seconds = Math.floor(this.seconds);
    const messages = [this.#because, detail].filter((message) => message !== null);
    const entries = messages.map((message) => ({ kind: 'note', detail: { message } }) as const);
    const unanswered = this.#isLate ? 'canceled' : status === 'completed' ? 'failed' : status;
    const ending = { status: isAnswered ? 'completed' : unanswered, seconds, entries } as const;
    const ended = await endCall(act, call, ending);
    if (this.#last) await tellAction(act, ended, this.#last);
    return ended;
  }
}
