/**
 * How a worker asks its host and waits: it posts the question and sleeps on shared memory, and
 * the host writes the answer there and wakes it. The worker blocks, the host does not.
 */

/** The state and the length of the answer stand before it. */
const HEADER_BYTES = 8;
/** The longest answer, in bytes of UTF-8. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

const WAITING = 0;
const ANSWERED = 1;

/** What a worker asks. */
export interface HostCall {
  readonly type: 'call';
  readonly name: string;
  readonly payload: unknown;
  /** How long the cell may still run, in milliseconds. */
  readonly left_ms: number;
}

/** What the host answers. */
export type HostAnswer =
  | { readonly value: unknown }
  | { readonly error: { readonly name: string; readonly message: string } };

/** Memory for one worker and its host; it grows with the longest answer. */
export function newBridge(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES, { maxByteLength: HEADER_BYTES + MAX_ANSWER_BYTES });
}

/** Asks the host and blocks until it has answered. For workers only. */
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

/** Answers the worker that waits, and wakes it. */
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
