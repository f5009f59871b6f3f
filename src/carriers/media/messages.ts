import type { G711 } from './g711.ts';
import type { KeyWay } from './key-pad.ts';
import type { Sound } from './sound.ts';
import type { Played } from './sound-queue.ts';

/** The messages between the server and the thread of sound. Lines and sounds have numbers. */

/** A far side that sends nothing for so long is gone (RFC 3550 §6.3.5). */
export const SILENT_MS = 60_000;

/** The address and the ports that lines listen at. */
export interface PortRange {
  /** The address of an interface of this machine. */
  readonly host: string;
  /** Only the even ports are taken. 0: any free port of the machine. */
  readonly first: number;
  readonly last: number;
}

/** The far side of a line, as both sides agreed. */
export interface Far {
  readonly address: string;
  readonly port: number;
  readonly codec: G711;
  readonly format: number;
  /** The format of keys (RFC 4733); null: it sends none. */
  readonly key_format: number | null;
  /** The direction of our side. */
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  /** The host that the call was agreed with. Sound may come from it too (RFC 7362). */
  readonly peer?: string;
}

/** The random numbers with which a stream begins (RFC 3550 §5.1). */
export interface StreamBegin {
  readonly source: number;
  readonly sequence: number;
  readonly timestamp: number;
}

/** Counts since the thread began. */
export interface MediaCounts {
  readonly lines: number;
  readonly sent: number;
  readonly received: number;
  /** Packets of the far side that did not come. */
  readonly lost: number;
  /** Packets that came too late or too early to be heard, and repeated ones. */
  readonly late: number;
  /** Packets that nobody asked for: from elsewhere, damaged, or too many at once. */
  readonly refused: number;
  /** Frames that were left out on every line, because the thread was held up. */
  readonly skipped: number;
}

export type ToThread =
  | {
      readonly do: 'open';
      readonly line: number;
      readonly ports: PortRange;
      readonly begin: StreamBegin;
    }
  | { readonly do: 'start'; readonly line: number; readonly far: Far }
  | { readonly do: 'play'; readonly line: number; readonly play: number; readonly sound: Sound }
  | { readonly do: 'stop'; readonly line: number; readonly play: number }
  | { readonly do: 'bridge'; readonly line: number; readonly other: number | null }
  | { readonly do: 'close'; readonly line: number }
  | { readonly do: 'count' };

export type FromThread =
  | { readonly is: 'open'; readonly line: number; readonly port: number }
  | { readonly is: 'refused'; readonly line: number; readonly reason: string }
  | ({ readonly is: 'ended'; readonly line: number } & Played)
  | {
      readonly is: 'key';
      readonly line: number;
      readonly key: string;
      readonly way: Exclude<KeyWay, 'info'>;
    }
  /** Nothing has come from the far side for `SILENT_MS`. */
  | { readonly is: 'silent'; readonly line: number }
  | { readonly is: 'counted'; readonly counts: MediaCounts };
