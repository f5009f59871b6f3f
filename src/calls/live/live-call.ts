import { laneOf } from '../../access/main-accounts.ts';
import type { App } from '../../app.ts';
import type { Act } from '../../audit/act.ts';
import type { NewEntry } from '../../carrier/timeline.ts';
import type {
  LegEnd,
  LegEvents,
  LegWanted,
  LiveLeg,
  VoiceCarrier,
} from '../../carriers/voice-carrier.ts';
import { handOver } from '../../jobs/hand-over.ts';
import type { EpochMs } from '../../kit/utc.ts';
import type { Call } from '../call.ts';
import { optionsOf } from '../call-options.ts';
import { beginRunning, type LiveStep, type Request, type Source } from '../call-step.ts';
import { WATCH_MS } from '../call-task.ts';
import { endCall, tellAction } from '../end-call.ts';
import { reportAnswered, reportRinging } from '../report-call.ts';
import { answerLeg, deleteLeg } from './leg-store.ts';
import type { OnLine } from './on-line.ts';
import { Reports } from './reports.ts';
import { runLive } from './run-live.ts';

/** The way that a call leaves by. It holds a password, so it stays in memory. */
export type LegWay = Pick<LegWanted, 'targets' | 'credentials'>;

/** A call to dial. */
export interface Dialled {
  readonly call: Call;
  readonly max_seconds: number;
  readonly way: LegWay;
}

/** Everything that a call on a wire needs. */
interface Surroundings extends Dialled {
  readonly app: App;
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
  readonly #ended = Promise.withResolvers<void>();
  #leg: LiveLeg | null = null;
  #max_seconds: number;
  #answered_at: EpochMs | null = null;
  #ended_at: EpochMs | null = null;
  #isDropped = false;
  #isOver = false;
  #limit: NodeJS.Timeout | undefined;
  #document = new AbortController();
  /** The reason why this side ends the call. */
  #because: string | null = null;
  #last: Request | null = null;

  constructor({ app, call, max_seconds, way, gone }: Surroundings) {
    this.app = app;
    this.call = call;
    this.#max_seconds = max_seconds;
    this.#way = way;
    this.#gone = gone;
    this.reports = new Reports(app, call, () => this.drop());
  }

  dial(carrier: VoiceCarrier): void {
    const { sid: call_sid, account_sid, to, from } = this.call;
    const { timeout } = optionsOf(this.call);
    const wanted = { call_sid, account_sid, to, from, timeout, ...this.#way };
    this.#leg = carrier.dial(wanted, this.#events());
  }

  /** The leg, while it is on the line. */
  get leg(): LiveLeg | null {
    return this.#isOver ? null : this.#leg;
  }

  /** The seconds since the answer. */
  get seconds(): number {
    if (this.#answered_at === null) return 0;
    const passed = ((this.#ended_at ?? this.app.realNow()) - this.#answered_at) / 1_000;
    return Math.min(Math.max(0, passed), this.#max_seconds);
  }

  get max_seconds(): number {
    return this.#max_seconds;
  }

  /** Hangs up a call that has ended in the database already. */
  drop(): void {
    this.#isDropped = true;
    this.reports.close();
    this.#hangUp();
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
    if (max_seconds === this.#max_seconds) return;
    this.#max_seconds = max_seconds;
    this.#watchTime();
  }

  /** Runs another document at once. */
  async redirect(source: Source): Promise<void> {
    const taken = await this.reports.recordNow(async (act, call) => {
      await handOver(act, { ...call, kind: 'call' }, this.#atRest());
      return call;
    });
    if (taken) this.#run(source);
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
    if (this.#answered_at !== null || this.#isOver) return;
    const answered_at = this.app.realNow();
    this.#answered_at = answered_at;
    this.#watchTime();
    this.reports.add(async (act, call) => {
      const answered = await reportAnswered(act, call, null);
      const { sid: call_sid, root_sid } = call;
      await answerLeg(act.tx, { call_sid, root_sid }, { answered_at, dialog });
      await handOver(act, { ...call, kind: 'call' }, this.#atRest());
      return answered;
    });
    const { url, method, twiml } = optionsOf(this.call);
    this.#run(url === null ? { text: twiml ?? '' } : { url, method, parameters: {} });
  }

  /** The step of a call whose owner has nothing new to do. */
  #atRest(): { readonly step: LiveStep; readonly date_next: EpochMs } {
    const now = this.app.now();
    const running = beginRunning(
      { is_answered: this.#answered_at !== null, max_seconds: this.#max_seconds, inputs: [] },
      now,
    );
    const step = { name: 'live', ...running, answered_at: this.#answered_at, wish: null } as const;
    return { step, date_next: now + WATCH_MS };
  }

  #run(source: Source): void {
    this.#document.abort();
    this.#document = new AbortController();
    void runLive(this, source, this.#document.signal);
  }

  #watchTime(): void {
    clearTimeout(this.#limit);
    if (this.#answered_at === null) return;
    const left = this.#max_seconds - this.seconds;
    const message = 'The time of the call is up.';
    this.#limit = setTimeout(() => void this.end(message), left * 1_000).unref();
  }

  #hangUp(): void {
    if (this.#isOver) return;
    this.#ended_at ??= this.app.realNow();
    this.#document.abort();
    this.#leg?.hangUp();
  }

  /** The leg has left the line. */
  #endedAtLast(end: LegEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ended_at ??= this.app.realNow();
    this.#document.abort();
    clearTimeout(this.#limit);
    void this.#recordEnd(end).finally(() => {
      this.#gone();
      this.#ended.resolve();
    });
  }

  async #recordEnd(end: LegEnd): Promise<void> {
    const { app, call } = this;
    const { sid: call_sid, root_sid, account_sid } = call;
    const leg = { call_sid, root_sid, owner: app.processId };
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
    const isAnswered = this.#answered_at !== null;
    const seconds = Math.floor(this.seconds);
    const messages = [this.#because, detail].filter((message) => message !== null);
    const entries = messages.map((message) => ({ kind: 'note', detail: { message } }) as const);
    const unanswered = status === 'completed' ? 'failed' : status;
    const ending = { status: isAnswered ? 'completed' : unanswered, seconds, entries } as const;
    const ended = await endCall(act, call, ending);
    if (this.#last) await tellAction(act, ended, this.#last);
    return ended;
  }
}
