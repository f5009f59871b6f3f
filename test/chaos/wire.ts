import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The point at which a wire cuts a connection. */
export type CutPoint =
  /** The commit does not reach the server. */
  | 'before the commit'
  /** The server gets the commit, and its answer is lost. */
  | 'before the answer to the commit';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** The bytes of a direction wait for those before them. */
  toServer: Promise<void>;
  toClient: Promise<void>;
  isSilent: boolean;
  awaitsAnswer: boolean;
}

interface Armed {
  readonly point: CutPoint;
  readonly onCut: () => void;
}

/** The end of a statement that commits. */
const COMMIT = /\bcommit(?:;|\0)/i;

/**
 * The network between one process and the database server: a TCP proxy that loses, delays and cuts.
 */
export class Wire implements AsyncDisposable {
  readonly #target: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  /** Connections that stay silent until their client gives them up. */
  readonly #lost = new Set<Pair>();
  #isSilent = false;
  #delayMs = 0;
  #armed: Armed | null = null;
  #bytesLeft: number | null = null;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  /** @param target a port of this machine */
  static async open(target: number): Promise<Wire> {
    const wire = new Wire(target);
    wire.#server.listen(0, '127.0.0.1');
    await once(wire.#server, 'listening');
    return wire;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** The ports from which the server sees this process's connections. */
  get farPorts(): number[] {
    return [...this.#pairs].flatMap(({ far }) => far.localPort ?? []);
  }

  /** Forwards nothing more, and closes nothing, like a network that loses every packet. */
  silence(): void {
    this.#isSilent = true;
    for (const pair of this.#pairs) pair.isSilent = true;
  }

  /** Ends the silence. The connections from before stay silent when they are `lost`. */
  speak({ lost }: { readonly lost: boolean }): void {
    this.#isSilent = false;
    for (const pair of this.#pairs) {
      if (lost) {
        this.#lost.add(pair);
        this.#pairs.delete(pair);
      } else {
        pair.isSilent = false;
        for (const socket of [pair.near, pair.far]) socket.resume();
      }
    }
  }

  /** Delays every packet from now on; 0 ends it. */
  delay(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  /** Resets all connections. */
  cut(): void {
    for (const pair of this.#pairs) reset(pair);
  }

  /** Resets the connection that carries the byte with this number, counted from now on. */
  cutAfter(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  /** Resets the next connection that commits. */
  cutAtCommit(point: CutPoint, onCut: () => void): void {
    this.#armed = { point, onCut };
  }

  /** Takes back what waits for a commit or a byte. */
  disarm(): void {
    this.#armed = null;
    this.#bytesLeft = null;
  }

  #join(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1');
    const nothing = Promise.resolve();
    const pair: Pair = {
      near,
      far,
      toServer: nothing,
      toClient: nothing,
      isSilent: this.#isSilent,
      awaitsAnswer: false,
    };
    this.#pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      this.#pairs.delete(pair);
      this.#lost.delete(pair);
    };
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => {}).on('close', end);
    }
    near.on('data', (bytes: Buffer) => this.#fromClient(pair, bytes));
    far.on('data', (bytes: Buffer) => this.#fromServer(pair, bytes));
  }

  #fromClient(pair: Pair, bytes: Buffer): void {
    const armed = this.#armed;
    if (armed && !pair.awaitsAnswer && COMMIT.test(bytes.toString('latin1'))) {
      this.#armed = null;
      if (armed.point === 'before the commit') {
        armed.onCut();
        return reset(pair);
      }
      pair.awaitsAnswer = true;
      pair.far.once('data', () => armed.onCut());
    }
    this.#forward(pair, 'toServer', bytes);
  }

  #fromServer(pair: Pair, bytes: Buffer): void {
    if (pair.awaitsAnswer) reset(pair);
    else this.#forward(pair, 'toClient', bytes);
  }

  #forward(pair: Pair, way: 'toServer' | 'toClient', bytes: Buffer): void {
    if (this.#bytesLeft !== null) {
      this.#bytesLeft -= bytes.length;
      if (this.#bytesLeft < 0) {
        this.#bytesLeft = null;
        return reset(pair);
      }
    }
    const [from, to] = way === 'toServer' ? [pair.near, pair.far] : [pair.far, pair.near];
    if (pair.isSilent) {
      // The bytes come again when the silence ends.
      from.pause();
      from.unshift(bytes);
      return;
    }
    pair[way] = writeAt(performance.now() + this.#delayMs, pair[way], () => void to.write(bytes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pair of [...this.#pairs, ...this.#lost]) reset(pair);
    this.#server.close();
  }
}

function reset({ near, far }: Pair): void {
  for (const socket of [near, far]) socket.resetAndDestroy();
}

/** Writes at a time, after the bytes before it. */
async function writeAt(due: number, before: Promise<void>, write: () => void): Promise<void> {
  await before;
  const wait = due - performance.now();
  if (wait > 0) await sleep(wait);
  write();
}
