/**
 * A blocking call from a worker to its host. The worker posts a question and sleeps on shared
 * memory. The host writes the answer into that memory and wakes the worker. The host never blocks.
 */

/** The header before the answer holds the state and the answer's length. */
const HEADER_BYTES = 8;
/** The longest answer, in bytes of UTF-8. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

const WAITING = 0;
const ANSWERED = 1;

/** A worker's question to its host. */
export interface HostCall {
  readonly type: 'call';
  readonly name: string;
  readonly payload: unknown;
  /** The remaining time of the cell, in milliseconds. */
  readonly left_ms: number;
}

/** The host's answer. */
export type HostAnswer =
  | { readonly value: unknown }
  | { readonly error: { readonly name: string; readonly message: string } };

/** Memory for one worker and its host; it grows with the longest answer. */
export function newBridge(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES, { maxByteLength: HEADER_BYTES + MAX_ANSWER_BYTES });
}

/** Asks the host and blocks until the answer is there. For workers only. */
export function askHost(
  bridge: SharedArrayBuffer,
  post: (call: HostCall) => void,
  call: HostCall,
): HostAnswer {
  const state = new Int32Array(bridge, 0, 2);
  Atomics.store(state, 0, WAITING);
  post(call);
  Atomics.wait(state, 0, WAITING);
  const bytes = new Uint8Array(bridge, HEADER_BYTES, Atomics.load(state, 1)).slice();
  return JSON.parse(new TextDecoder().decode(bytes)) as HostAnswer;
}

/** Writes the answer for the waiting worker and wakes the worker. */
export function answerWorker(bridge: SharedArrayBuffer, answer: HostAnswer): void {
  let bytes = new TextEncoder().encode(JSON.stringify(answer));
  if (bytes.byteLength > MAX_ANSWER_BYTES) {
    const message = `This is too long for a cell: ${bytes.byteLength} bytes.`;
    bytes = new TextEncoder().encode(JSON.stringify({ error: { name: 'LimitError', message } }));
  }
  const needed = HEADER_BYTES + bytes.byteLength;
  if (bridge.byteLength < needed) bridge.grow(needed);
  new Uint8Array(bridge, HEADER_BYTES, bytes.byteLength).set(bytes);
  const state = new Int32Array(bridge, 0, 2);
  Atomics.store(state, 1, bytes.byteLength);
  Atomics.store(state, 0, ANSWERED);
  Atomics.notify(state, 0);
}

/** Blocks a worker for a while. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
