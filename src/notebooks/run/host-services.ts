import { type ApiTree, readApi } from '../describe/api-tree.ts';
import { RamlError } from '../describe/raml-document.ts';
import type { HostAnswer } from './bridge.ts';
import { DEFAULT_CELL_MS, MAX_CELL_MS } from './engine-messages.ts';
import type { Missed } from './failure.ts';
import type { OutputLine } from './outcome.ts';

/** The limits of a cell's output, in lines and in characters. */
const MAX_LINES = 1_000;
const MAX_LINES_LENGTH = 250_000;

/** A longer question is cut, in characters. */
const MAX_QUESTION_LENGTH = 10_000;
/** A faster answer comes from a program, and its time counts as the cell's. */
const THINKING_MS = 50;

const LEFT_OUT: OutputLine = {
  level: 'notice',
  text: `The output is longer than ${MAX_LINES} lines or ${MAX_LINES_LENGTH} characters. The rest is left out.`,
};

/** Asks the host and blocks until the answer is there. */
type Ask = (name: string, payload: unknown, left_ms: number) => HostAnswer;

/**
 * The services for guest code. The worker itself provides the time, addresses, output and
 * descriptions. All other questions go to the host.
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
    // The scripts that set up the sandbox need a time limit, too.
    this.#setLimit(DEFAULT_CELL_MS);
  }

  /** Prepares for the next cell and its time limit. */
  begin(timeout_ms: number): void {
    this.#lines = [];
    this.#lines_length = 0;
    this.#missed = null;
    this.#setLimit(timeout_ms);
  }

  now(): number {
    return performance.now();
  }

  /** The remaining time of the cell, in milliseconds. */
  left(): number {
    return Math.max(this.#deadline - performance.now(), 0);
  }

  limit(): number {
    return this.#limit_ms;
  }

  isOver(): boolean {
    return performance.now() >= this.#deadline;
  }

  /** Extends the deadline so that at least `ms` milliseconds remain. */
  extend(ms: number): void {
    this.#deadline = Math.max(this.#deadline, performance.now() + ms);
  }

  lines(): readonly OutputLine[] {
    return this.#lines;
  }

  /** The cell's last failed lookup on a client. */
  missed(): Missed | null {
    return this.#missed;
  }

  /** Answers one question of the guest. An error is also an answer. */
  serve(name: string, payload: unknown): HostAnswer {
    try {
      return this.#serve(name, payload as Record<string, unknown>);
    } catch (error) {
      if (error instanceof AskedError) return { error: error.asked };
      if (error instanceof RamlError)
        return { error: { name: error.name, message: error.message } };
      const { message } = error as Error;
      return { error: { name: 'TypeError', message: message || 'The call failed' } };
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

  /** Moves the deadline by the time that a person takes to answer. */
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
    if (absolute === undefined)
      throw new RamlError(`"${url}" is not the address of a description.`);
    const read = (address: string, included_by: string | null) =>
      String(this.#asked('document', { url: address, included_by }));
    return readApi(read(absolute, null), absolute, (address) => read(address, absolute));
  }
}

/** An error of the host that is passed on to the guest. */
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
