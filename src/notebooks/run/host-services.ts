import { type ApiTree, readApi } from '../describe/api-tree.ts';
import { RamlError } from '../describe/raml-document.ts';
import type { HostAnswer } from './bridge.ts';
import { DEFAULT_CELL_MS, MAX_CELL_MS } from './engine-messages.ts';
import type { Missed } from './failure.ts';
import type { OutputLine } from './outcome.ts';

/** How many lines of a cell's output are kept, and how many characters of them. */
const MAX_LINES = 1_000;
const MAX_LINES_LENGTH = 250_000;

/** How much of a question is asked. */
const MAX_QUESTION_LENGTH = 10_000;
/** An answer that comes sooner is no person's, and the time that it took is the cell's. */
const THINKING_MS = 50;

const LEFT_OUT: OutputLine = {
  level: 'notice',
  text: `More than ${MAX_LINES} lines, or ${MAX_LINES_LENGTH} characters; the rest is left out.`,
};

/** Asks whoever runs the notebook, and blocks until there is an answer. */
type Ask = (name: string, payload: unknown, left_ms: number) => HostAnswer;

/**
 * What guest code can ask for. What needs nobody is answered here, in the worker: the time,
 * addresses, output, descriptions; the rest is asked of the host.
 */
export class HostServices {
  readonly #ask: Ask;
  readonly #base_url: string;
  #lines: OutputLine[] = [];
  #lines_length = 0;
  #missed: Missed | null = null;
  #limit_ms = 0;
  #deadline = 0;

  constructor(ask: Ask, base_url: string) {
    this.#ask = ask;
    this.#base_url = base_url;
    // Making the sandbox ready runs guest scripts as well.
    this.#setLimit(DEFAULT_CELL_MS);
  }

  /** Makes ready for a cell that may run so long. */
  begin(timeout_ms: number): void {
    this.#lines = [];
    this.#lines_length = 0;
    this.#missed = null;
    this.#setLimit(timeout_ms);
  }

  now(): number {
    return performance.now();
  }

  /** Milliseconds until the cell must have ended. */
  left(): number {
    return Math.max(this.#deadline - performance.now(), 0);
  }

  limit(): number {
    return this.#limit_ms;
  }

  isOver(): boolean {
    return performance.now() >= this.#deadline;
  }

  /** Leaves so much time at least. */
  extend(ms: number): void {
    this.#deadline = Math.max(this.#deadline, performance.now() + ms);
  }

  lines(): readonly OutputLine[] {
    return this.#lines;
  }

  /** What the cell looked for last behind a client, and that is not there. */
  missed(): Missed | null {
    return this.#missed;
  }

  /** Answers one question of the guest's. What goes wrong is an answer as well. */
  serve(name: string, payload: unknown): HostAnswer {
    try {
      return this.#serve(name, payload as Record<string, unknown>);
    } catch (error) {
      if (error instanceof AskedError) return { error: error.asked };
      if (error instanceof RamlError)
        return { error: { name: error.name, message: error.message } };
      const { message } = error as Error;
      return { error: { name: 'TypeError', message: message || 'This could not be done' } };
    }
  }

  #serve(name: string, payload: Record<string, unknown>): HostAnswer {
    switch (name) {
      case 'now':
        return { value: this.now() };
      case 'log':
        this.#say(payload as unknown as OutputLine);
        return { value: null };
      case 'missed':
        this.#missed = payload as unknown as Missed;
        return { value: null };
      case 'timeout':
        this.#setLimit((payload['ms'] as number | null) ?? MAX_CELL_MS);
        return this.#ask('timeout', null, this.left());
      case 'url':
        return { value: partsOf(String(payload['url']), payload['base']) };
      case 'query':
        return { value: query(payload) };
      case 'base64':
        return { value: base64(payload) };
      case 'raml':
        return { value: this.#readApi(String(payload['url'])) };
      case 'dialog':
        return this.#whileAnswered(() => this.#asked(name, shortened(payload)));
      case 'authenticate':
        return this.#whileAnswered(() => this.#asked(name, payload));
      default:
        return { value: this.#asked(name, payload) };
    }
  }

  /** Thinking about an answer takes no time of the cell's. */
  #whileAnswered(ask: () => unknown): HostAnswer {
    const asked_at = performance.now();
    const value = ask();
    const took_ms = performance.now() - asked_at;
    if (took_ms >= THINKING_MS) this.#deadline += took_ms;
    return { value };
  }

  #asked(name: string, payload: unknown): unknown {
    const answer = this.#ask(name, payload, this.left());
    if ('error' in answer) throw new AskedError(answer.error);
    return answer.value;
  }

  #setLimit(ms: number): void {
    this.#limit_ms = Math.min(Number.isFinite(ms) ? Math.max(ms, 1) : MAX_CELL_MS, MAX_CELL_MS);
    this.#deadline = performance.now() + this.#limit_ms;
  }

  #say(line: OutputLine): void {
    if (this.#lines.at(-1) === LEFT_OUT) return;
    this.#lines_length += line.text.length;
    const isFull = this.#lines.length >= MAX_LINES || this.#lines_length > MAX_LINES_LENGTH;
    this.#lines.push(isFull ? LEFT_OUT : line);
  }

  #readApi(url: string): ApiTree {
    const absolute = URL.parse(url, this.#base_url)?.href;
    if (absolute === undefined) throw new RamlError(`"${url}" is no address of a description.`);
    const read = (address: string, included_by: string | null) =>
      String(this.#asked('document', { url: address, included_by }));
    return readApi(read(absolute, null), absolute, (address) => read(address, absolute));
  }
}

/** What the host refused, on its way to the guest. */
class AskedError extends Error {
  readonly asked: { readonly name: string; readonly message: string };

  constructor(asked: { readonly name: string; readonly message: string }) {
    super(asked.message);
    this.asked = asked;
  }
}

function shortened(question: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(question).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.slice(0, MAX_QUESTION_LENGTH) : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function partsOf(url: string, base: unknown) {
  const parsed = URL.parse(url, typeof base === 'string' ? base : undefined);
  if (!parsed) throw new TypeError(`"${url}" is not a URL`);
  const { href, protocol, username, password, host, hostname, port } = parsed;
  const { pathname, search, hash, origin } = parsed;
  return {
    href,
    protocol,
    username,
    password,
    host,
    hostname,
    port,
    pathname,
    search,
    hash,
    origin,
  };
}

function query(payload: Record<string, unknown>): unknown {
  if (typeof payload['text'] === 'string') return [...new URLSearchParams(payload['text'])];
  return new URLSearchParams(payload['pairs'] as [string, string][]).toString();
}

function base64({ encode, decode }: Record<string, unknown>): string {
  return typeof encode === 'string' ? btoa(encode) : atob(String(decode));
}
