import type { Cell } from '../notebook.ts';
import { answerWorker, type HostAnswer, type HostCall, newBridge } from './bridge.ts';
import { type CellEnd, DEFAULT_CELL_MS, type FromWorker } from './engine-messages.ts';
import { type EngineWorker, type Host, NetworkError, UnreadableError } from './host.ts';
import { type GuestRequest, Outbound } from './outbound.ts';
import type { Failure, Outcome, OutputLine, Question } from './outcome.ts';

/** An engine that is later than this is ended from outside. */
const GRACE_MS = 2_000;
/** The time that an engine has to start. */
const BEGIN_MS = 15_000;

export interface SessionOptions {
  /** The API for the notebook: an absolute URL. Only its origin counts. */
  readonly base_url: string;
  /** Further origins that requests may reach: `https://example.com`. */
  readonly allowed_origins?: readonly string[];
  /** Addresses that the base URL replaces, with all paths below: `https://api.twilio.com`. */
  readonly stand_ins?: readonly string[];
  /** The time limit of a cell that sets none itself. */
  readonly timeout_ms?: number;
}

/**
 * One run of a notebook. Its cells share one sandbox. The sandbox ends when the session is closed
 * or stopped, or when a cell does not end in time.
 */
export class Session {
  readonly #host: Host;
  readonly #outbound: Outbound;
  readonly #timeout_ms: number;
  readonly #bridge = newBridge();
  readonly #ready: Promise<EngineWorker>;
  #worker: EngineWorker | null = null;
  /** Ends the wait for a worker that will never start. */
  #giveUp: (why: Error) => void = () => {};
  #running: Running | null = null;
  #isGone = false;
  #notices: OutputLine[] = [];
  /** The time for which the cell has waited for people's answers. */
  #waited_ms = 0;

  constructor(host: Host, options: SessionOptions) {
    this.#host = host;
    const { base_url, allowed_origins = [], stand_ins = [] } = options;
    this.#outbound = new Outbound(host, base_url, allowed_origins, stand_ins);
    this.#timeout_ms = options.timeout_ms ?? DEFAULT_CELL_MS;
    this.#ready = this.#begin(options.base_url);
    // The first cell reports this error.
    this.#ready.catch(() => undefined);
  }

  /** Whether the sandbox has ended, with all values of the cells. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * Runs one cell and waits for its end. Only one cell runs at a time.
   * @returns the outcome, also of a failed cell
   * @throws Error when the sandbox has ended or another cell is running
   */
  async run({ index, part }: Pick<Cell, 'index' | 'part'>): Promise<Outcome> {
    if (this.#isGone) throw new Error('the sandbox of this notebook has ended');
    if (this.#running) throw new Error('a cell is running');
    const start = performance.now();
    const finish = (end: CellEnd, state?: Outcome['state']): Outcome => ({
      cell: index,
      state: state ?? (end.failure ? 'failed' : 'ok'),
      value: end.value,
      failure: end.failure && this.#hidden(end.failure),
      requests: this.#outbound.takeRecords(),
      lines: [...this.#takeNotices(), ...end.lines],
      duration_ms: performance.now() - start - this.#waited_ms - this.#outbound.takeWaited(),
    });
    this.#waited_ms = 0;
    if (part.unclosed) return finish(endedBy(unclosed(part.line - 1)));
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const timer = new Watch(() => this.#kill(endedBy(stuck(this.#timeout_ms))));
    this.#running = { timer, end: (end, state) => resolve(finish(end, state)) };
    void this.#begun().then((worker) => {
      if (!worker || this.#isGone) return null;
      timer.set(this.#timeout_ms + GRACE_MS);
      worker.post({ type: 'cell', index, source: part.source, timeout_ms: this.#timeout_ms });
      return null;
    });
    return promise;
  }

  /** Waits for the worker. If it never starts, the running cell ends and the result is null. */
  async #begun(): Promise<EngineWorker | null> {
    try {
      return await this.#ready;
    } catch (error) {
      this.#kill(endedBy(broken((error as Error).message)));
      return null;
    }
  }

  /** Ends the sandbox and the running cell. */
  stop(): void {
    this.#kill(endedBy(STOPPED), 'stopped');
  }

  /** Ends the sandbox after the last cell. */
  close(): void {
    this.stop();
  }

  async #begin(base_url: string): Promise<EngineWorker> {
    const { promise, resolve, reject } = Promise.withResolvers<EngineWorker>();
    this.#giveUp = reject;
    const late = new Watch(() => reject(new Error('the sandbox did not start in time')));
    late.set(BEGIN_MS);
    const worker = this.#host.openWorker(
      (message) => {
        if (message.type === 'ready') resolve(worker);
        this.#hear(message);
      },
      (error) => this.#kill(endedBy(broken(error.message))),
    );
    this.#worker = worker;
    worker.post({ type: 'begin', bridge: this.#bridge, guest: this.#host.guest, base_url });
    try {
      return await promise;
    } finally {
      late.clear();
    }
  }

  #hear(message: FromWorker): void {
    if (message.type === 'call') void this.#serve(message);
    else if (message.type === 'died') this.#kill(endedBy(broken(message.message)));
    else if (message.type === 'end') this.#finish(message);
  }

  #finish(end: CellEnd, state?: Outcome['state']): void {
    const running = this.#running;
    this.#running = null;
    running?.timer.clear();
    running?.end(end, state);
  }

  #kill(end: CellEnd, state?: Outcome['state']): void {
    this.#isGone = true;
    this.#worker?.terminate();
    this.#finish(end, state);
    this.#giveUp(new Error('the sandbox was ended before it started'));
  }

  /** Answers the worker. The timer stops while the worker waits, and starts again afterwards. */
  async #serve({ name, payload, left_ms }: HostCall): Promise<void> {
    const running = this.#running;
    running?.timer.clear();
    const answer = await this.#answerTo(name, payload, left_ms).then(
      (value): HostAnswer => ({ value: value ?? null }),
      (error: Error): HostAnswer => ({ error: { name: error.name, message: error.message } }),
    );
    if (this.#isGone) return;
    running?.timer.set(left_ms + GRACE_MS);
    answerWorker(this.#bridge, answer);
  }

  async #answerTo(name: string, payload: unknown, left_ms: number): Promise<unknown> {
    switch (name) {
      case 'timeout':
        return null;
      case 'http':
        return this.#outbound.send(payload as GuestRequest, left_ms);
      case 'document': {
        const { url, included_by } = payload as DocumentCall;
        return this.#read(url, included_by, left_ms).catch(asDescription);
      }
      case 'load':
        return this.#read((payload as DocumentCall).url, null, left_ms);
      case 'dialog':
        return this.#answered(payload as Question);
      case 'authenticate': {
        const { username, password } = payload as Record<'username' | 'password', string | null>;
        return this.#outbound.authenticate(username, password);
      }
      default:
        throw new NetworkError(`There is no service called ${name}.`);
    }
  }

  async #answered(question: Question): Promise<unknown> {
    const start = performance.now();
    try {
      return await this.#host.answer(question);
    } finally {
      this.#waited_ms += performance.now() - start;
    }
  }

  async #read(url: string, included_by: string | null, left_ms: number): Promise<string> {
    const known = await this.#host.document(url, included_by);
    if (!known) return this.#outbound.read(url, left_ms);
    if ('url' in known) return this.#outbound.read(known.url, left_ms);
    if (known.notice !== null) this.#notices.push({ level: 'notice', text: known.notice });
    return known.text;
  }

  #takeNotices(): OutputLine[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }

  #hidden(failure: Failure): Failure {
    return { ...failure, message: this.#outbound.hide(failure.message) };
  }
}

/** Turns a missing document into an error of the description that needs it. */
function asDescription(error: unknown): never {
  if (!(error instanceof UnreadableError)) throw error;
  throw Object.assign(new Error(error.message), { name: 'RamlError' });
}

/** A worker's request for the text of a document. */
interface DocumentCall {
  readonly url: string;
  /** The description that includes the document; null when a cell names it. */
  readonly included_by: string | null;
}

interface Running {
  readonly timer: Watch;
  readonly end: (end: CellEnd, state?: Outcome['state']) => void;
}

/** A timer that can be set again. */
class Watch {
  readonly #run: () => void;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(run: () => void) {
    this.#run = run;
  }

  set(ms: number): void {
    this.clear();
    this.#timer = setTimeout(this.#run, ms);
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function endedBy(failure: Pick<Failure, 'cause' | 'name' | 'message'>): CellEnd {
  return { value: null, failure: { ...failure, line: null, column: null, stack: null }, lines: [] };
}

const STOPPED = {
  cause: 'script',
  name: 'Stopped',
  message: 'The cell was stopped. The values of the earlier cells are gone, too.',
} as const;

function stuck(ms: number) {
  const message = `The cell did not end within ${ms} ms and could not be interrupted. Its sandbox was ended.`;
  return { cause: 'limit', name: 'LimitError', message } as const;
}

function broken(why: string) {
  const message = `The sandbox failed and was ended (${why}).`;
  return { cause: 'limit', name: 'LimitError', message } as const;
}

function unclosed(line: number) {
  const message = `The cell has no end: the fence of line ${line} is never closed. Add a line of \`\`\` where the code ends.`;
  return { cause: 'script', name: 'SyntaxError', message } as const;
}
