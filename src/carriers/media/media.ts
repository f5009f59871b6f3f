import { existsSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { KeyWay } from './key-pad.ts';
import {
  type Far,
  type FromThread,
  type MediaCounts,
  type PortRange,
  SILENT_MS,
  type ToThread,
} from './messages.ts';
import { type Sound, secondsOf } from './sound.ts';

/** The most calls with sound at once. A thread does about this many on one core. */
const MAX_LINES = 1_000;
const HEAP_MB = 256;

/** Addresses that never get sound, whatever the operator's rules say. */
const NEVER = new BlockList();
NEVER.addSubnet('224.0.0.0', 4, 'ipv4');
NEVER.addSubnet('240.0.0.0', 4, 'ipv4');
NEVER.addSubnet('0.0.0.0', 8, 'ipv4');
NEVER.addSubnet('ff00::', 8, 'ipv6');
NEVER.addAddress('::', 'ipv6');

export class MediaError extends Error {}

/** The events of a line. */
export interface LineEvents {
  /** The far side pressed a key. */
  key(key: string, way: KeyWay): void;
  /** The thread of sound has failed, or the far side has sent nothing for long: a sentence. */
  failed(reason: string): void;
}

/** The part of a sound that was heard. */
export interface Heard {
  readonly seconds: number;
  readonly is_whole: boolean;
}

/** The sound of one leg. */
export interface Line {
  readonly port: number;
  /**
   * Begins, or goes on with another far side. The caller has checked its address by the operator's
   * rules.
   * @throws MediaError for an address that never gets sound
   */
  start(far: Far): void;
  /** Plays after what plays already. It never rejects. */
  play(sound: Sound, signal: AbortSignal): Promise<Heard>;
  /** Two lines hear each other when nothing plays; null: no longer. */
  bridge(other: Line | null): void;
  /** Frees the port. Sounds under way end. */
  close(): void;
}

interface Outside {
  readonly randomBytes: (count: number) => Buffer;
}

/** The sound of all calls of a process. Its thread begins with the first line. */
export class Media {
  readonly #randomBytes: Outside['randomBytes'];
  readonly #lines = new Map<number, OpenLine>();
  readonly #counting: ((counts: MediaCounts | null) => void)[] = [];
  #thread: Worker | null = null;
  #last = 0;

  constructor({ randomBytes }: Outside) {
    this.#randomBytes = randomBytes;
  }

  /**
   * Opens a line on a free port.
   * @throws MediaError when there is none, or when the address is not of this machine
   */
  async openLine(ports: PortRange, hear: LineEvents): Promise<Line> {
    if (this.#lines.size >= MAX_LINES) {
      throw new MediaError(`${MAX_LINES} calls have sound already; no other one can be taken.`);
    }
    this.#last += 1;
    const number = this.#last;
    const line = new OpenLine(number, hear, (told) => this.#tell(told));
    this.#lines.set(number, line);
    const random = this.#randomBytes(10);
    const [source, timestamp, sequence] = [
      random.readUInt32BE(0),
      random.readUInt32BE(4),
      random.readUInt16BE(8),
    ];
    this.#tell({ do: 'open', line: number, ports, begin: { source, timestamp, sequence } });
    try {
      await line.opened;
    } catch (error) {
      this.#lines.delete(number);
      throw error;
    }
    return line;
  }

  /** Counts for the metrics; null without a thread. */
  async counts(): Promise<MediaCounts | null> {
    if (!this.#thread) return null;
    return new Promise((resolve) => {
      this.#counting.push(resolve);
      this.#tell({ do: 'count' });
    });
  }

  /** Closes every line, and ends the thread. */
  async stop(): Promise<void> {
    const thread = this.#thread;
    for (const line of this.#lines.values()) line.close();
    this.#fail('the server stops');
    await thread?.terminate();
  }

  #tell(told: ToThread): void {
    if (told.do === 'close') this.#lines.delete(told.line);
    this.#thread ??= this.#begin();
    this.#thread.postMessage(told);
  }

  #begin(): Worker {
    const here = (name: string) => new URL(name, import.meta.url);
    const source = here('thread.ts');
    const thread = new Worker(existsSync(source) ? source : here('thread.js'), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    thread.on('message', (told: FromThread) => this.#hear(told));
    thread.on('error', (error: Error) => this.#thread === thread && this.#fail(error.message));
    thread.on('exit', () => this.#thread === thread && this.#fail('it left'));
    // A process without lines may end.
    thread.unref();
    return thread;
  }

  #hear(told: FromThread): void {
    if (told.is === 'counted') this.#counting.shift()?.(told.counts);
    else this.#lines.get(told.line)?.hear(told);
  }

  #fail(reason: string): void {
    this.#thread = null;
    for (const line of this.#lines.values()) line.fail(reason);
    this.#lines.clear();
    for (const resolve of this.#counting.splice(0)) resolve(null);
  }
}

class OpenLine implements Line {
  port = 0;
  readonly opened: Promise<void>;
  readonly #number: number;
  readonly #events: LineEvents;
  readonly #tell: (told: ToThread) => void;
  readonly #opening = Promise.withResolvers<void>();
  readonly #playing = new Map<number, (heard: Heard) => void>();
  #plays = 0;
  #is_closed = false;

  constructor(number: number, events: LineEvents, tell: (told: ToThread) => void) {
    this.#number = number;
    this.#events = events;
    this.#tell = tell;
    this.opened = this.#opening.promise;
  }

  start(far: Far): void {
    const family = isIP(far.address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(far.address) === 0 || far.port === 0 || NEVER.check(far.address, family)) {
      throw new MediaError('The far side asks for sound at an address that never gets any.');
    }
    this.#order({ do: 'start', line: this.#number, far });
  }

  play(sound: Sound, signal: AbortSignal): Promise<Heard> {
    if (this.#is_closed || signal.aborted || sound.length * sound.loops === 0) {
      const is_whole = !this.#is_closed && !signal.aborted;
      return Promise.resolve({ seconds: 0, is_whole });
    }
    this.#plays += 1;
    const play = this.#plays;
    const line = this.#number;
    const { promise, resolve } = Promise.withResolvers<Heard>();
    const stop = () => this.#order({ do: 'stop', line, play });
    signal.addEventListener('abort', stop, { once: true });
    this.#playing.set(play, (heard) => {
      signal.removeEventListener('abort', stop);
      resolve(heard);
    });
    this.#order({ do: 'play', line, play, sound });
    return promise;
  }

  bridge(other: Line | null): void {
    const number = other instanceof OpenLine ? other.#number : null;
    this.#order({ do: 'bridge', line: this.#number, other: number });
  }

  close(): void {
    if (this.#is_closed) return;
    this.#tell({ do: 'close', line: this.#number });
    this.#end('The line was closed.');
  }

  hear(told: Exclude<FromThread, { is: 'counted' }>): void {
    if (told.is === 'open') {
      this.port = told.port;
      this.#opening.resolve();
    } else if (told.is === 'refused') {
      this.#end(told.reason);
    } else if (told.is === 'silent') {
      this.#events.failed(`The far side has sent no sound for ${SILENT_MS / 1_000} seconds.`);
    } else if (told.is === 'key') {
      this.#events.key(told.key, told.way);
    } else {
      this.#playing.get(told.play)?.({ seconds: secondsOf(told.samples), is_whole: told.is_whole });
      this.#playing.delete(told.play);
    }
  }

  fail(reason: string): void {
    if (this.#is_closed) return;
    const wasOpen = this.port !== 0;
    this.#end(`The thread of sound has ended: ${reason}.`);
    if (wasOpen) this.#events.failed(`The thread of sound has ended: ${reason}.`);
  }

  #order(told: ToThread): void {
    if (!this.#is_closed) this.#tell(told);
  }

  #end(reason: string): void {
    this.#is_closed = true;
    this.#opening.reject(new MediaError(reason));
    for (const resolve of this.#playing.values()) resolve({ seconds: 0, is_whole: false });
    this.#playing.clear();
  }
}
