import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Clears the line that names the running cell. */
const CLEAR_LINE = '\r\u001B[2K';

export interface AskOptions {
  /** Whether the typed text is hidden. */
  readonly masked?: boolean;
  /** The value of an empty answer. */
  readonly suggestion?: string | null;
}

/** Asks the person at the terminal. Without a terminal at input and output, there is no person. */
export class Terminal {
  readonly isThere: boolean;
  readonly #stream: NodeJS.WriteStream;
  readonly #signal: AbortSignal;

  /** @param signal ends an open question */
  constructor(stream: NodeJS.WriteStream, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    this.isThere = process.stdin.isTTY && stream.isTTY;
  }

  /** Asks for a line. @returns null when the question was cancelled, by Ctrl-D or by the signal */
  async ask(message: string, { masked, suggestion }: AskOptions = {}): Promise<string | null> {
    const hint = suggestion ? ` [${suggestion}]` : '';
    const question = `? ${message}${hint} `;
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({
      input: process.stdin,
      output: masked ? silent : this.#stream,
      terminal: true,
    });
    // The question appears only now, when typed text is no longer echoed.
    if (masked) this.#stream.write(CLEAR_LINE + question);
    const { promise: closed, resolve } = Promise.withResolvers<null>();
    lines.once('close', () => resolve(null));
    // While a line is read, the terminal turns Ctrl-C into an event instead of a signal.
    lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      const asked = lines.question(masked ? '' : question, { signal: this.#signal });
      const answer = await Promise.race([asked.catch(() => null), closed]);
      return answer === '' && suggestion ? suggestion : answer;
    } finally {
      lines.close();
      if (masked) this.#stream.write('\n');
    }
  }

  /** Asks for yes or no; anything but yes is no. */
  async confirm(message: string): Promise<boolean> {
    return /^y(es)?$/i.test((await this.ask(`${message} (y/N)`))?.trim() ?? '');
  }
}
