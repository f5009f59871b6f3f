import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** A cell is named on this line while it runs. */
const CLEAR_LINE = '\r\u001B[2K';

export interface AskOptions {
  /** What is typed is not shown. */
  readonly masked?: boolean;
  /** What an empty answer stands for. */
  readonly suggestion?: string | null;
}

/** Whoever sits at the terminal; nobody, where input or output is none. */
export class Terminal {
  readonly isThere: boolean;
  readonly #stream: NodeJS.WriteStream;
  readonly #signal: AbortSignal;

  /** @param signal ends a question that is open */
  constructor(stream: NodeJS.WriteStream, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    this.isThere = process.stdin.isTTY && stream.isTTY;
  }

  /** Asks for a line. @returns null where the question was cancelled, by Ctrl-D or by the signal */
  async ask(message: string, { masked, suggestion }: AskOptions = {}): Promise<string | null> {
    const hint = suggestion ? ` [${suggestion}]` : '';
    const question = `? ${message}${hint} `;
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({
      input: process.stdin,
      output: masked ? silent : this.#stream,
      terminal: true,
    });
    // From here on nothing is echoed, so whoever is quick may type as soon as the question is there.
    if (masked) this.#stream.write(CLEAR_LINE + question);
    const { promise: closed, resolve } = Promise.withResolvers<null>();
    lines.once('close', () => resolve(null));
    // While a line is read, the terminal sends no signal for Ctrl-C.
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
