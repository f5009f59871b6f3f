import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';

/** Makes the bytes of a request, once for all times that it is sent. */
export function requestBytes({
  method = 'GET',
  path,
  headers = {},
  body = '',
}: {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}): string {
  const all = {
    host: 'localhost',
    ...headers,
    ...(method === 'POST' && {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body)),
    }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}${HEAD_END}${body}`;
}

type Done = (status: number | null) => void;

/**
 * Connections that stay open, each with one request at a time. The client of Node.js costs several
 * times the processor time, so that it and not the server would limit a high rate.
 */
export class Lines {
  readonly #port: number;
  readonly #idle: Line[] = [];
  readonly #all = new Set<Line>();

  constructor(port: number) {
    this.#port = port;
  }

  /** The number of connections that are open. */
  get size(): number {
    return this.#all.size;
  }

  /** Sends a request on an idle connection, or on a new one. @param done gets null without an answer */
  send(bytes: string, done: Done): void {
    const line = this.#idle.pop() ?? this.#open();
    line.send(bytes, done);
  }

  /** Opens connections one after the other, so that they are there before a rush. */
  async fill(count: number): Promise<void> {
    while (this.#all.size < count) {
      const line = this.#open();
      await line.connected;
      this.#idle.push(line);
    }
  }

  close(): void {
    for (const line of this.#all) line.destroy();
  }

  #open(): Line {
    const line: Line = new Line(this.#port, {
      idle: () => void this.#idle.push(line),
      gone: () => {
        this.#all.delete(line);
        const at = this.#idle.indexOf(line);
        if (at >= 0) this.#idle.splice(at, 1);
      },
    });
    this.#all.add(line);
    return line;
  }
}

class Line {
  readonly connected: Promise<void>;
  readonly #socket: Socket;
  readonly #idle: () => void;
  #done: Done | null = null;
  /** The beginning of an answer whose headers have not all come. */
  #head = '';
  #status = 0;
  /** The bytes of the answer's body that have not come; null until the headers are there. */
  #left: number | null = null;

  constructor(port: number, { idle, gone }: { readonly idle: () => void; gone: () => void }) {
    this.#idle = idle;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.connected = new Promise((resolve) => void this.#socket.once('connect', resolve));
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      gone();
      this.#finish(null);
    });
  }

  send(bytes: string, done: Done): void {
    this.#done = done;
    this.#socket.write(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#left === null) {
      this.#head += chunk.toString('latin1');
      const end = this.#head.indexOf(HEAD_END);
      if (end < 0) return;
      this.#status = Number(this.#head.slice(9, 12));
      const length = /\ncontent-length: (\d+)/i.exec(this.#head.slice(0, end))?.[1] ?? '0';
      this.#left = Number(length) - (this.#head.length - end - HEAD_END.length);
    } else {
      this.#left -= chunk.length;
    }
    if (this.#left > 0) return;
    this.#head = '';
    this.#left = null;
    // The next request may begin within `finish`, on this connection too.
    const done = this.#done;
    this.#done = null;
    this.#idle();
    done?.(this.#status);
  }

  #finish(status: number | null): void {
    const done = this.#done;
    this.#done = null;
    done?.(status);
  }
}
