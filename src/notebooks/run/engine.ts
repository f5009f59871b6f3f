import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten-core';
import { VERBS } from '../describe/verbs.ts';
import { sleep } from './bridge.ts';
import { cellScript } from './cell-script.ts';
import type { CellEnd, CellMessage, GuestScripts } from './engine-messages.ts';
import { explainFailure, type Thrown, tooLong, unreadable } from './failure.ts';
import type { HostServices } from './host-services.ts';
import type { Value } from './outcome.ts';

/** The sandbox's memory in bytes, including the engine's own data and stack. */
const MEMORY_BYTES = 128 * 1024 * 1024;
const FIRST_MEMORY_BYTES = 16 * 1024 * 1024;
const LAST_STEP_BYTES = 16 * 1024 * 1024;
/** The unit of WebAssembly's memory. */
const PAGE_BYTES = 64 * 1024;
/**
 * Extra time after a cell has ended, for showing its value or explaining its error. It is shorter
 * than the host's grace period, after which the host ends the sandbox.
 */
const SHOWING_MS = 1_200;
/** The number of promise jobs that run between two checks of the timers and the clock. */
const JOBS_AT_ONCE = 1_000;

/** The isolated engine for guest code: QuickJS with a few functions to the outside. */
export interface Engine {
  run(cell: CellMessage): CellEnd;
}

/** WebAssembly's memory, which the types of Node do not declare. */
export interface GuestMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/**
 * The memory of one sandbox, with a fixed maximum. The engine's own limit is not enough: in its
 * WebAssembly build the engine does not know the size of its allocations.
 */
export function guestMemory(): GuestMemory {
  const { Memory } = Reflect.get(globalThis, 'WebAssembly') as {
    Memory: new (pages: { initial: number; maximum: number }) => GuestMemory;
  };
  return new Memory({
    initial: FIRST_MEMORY_BYTES / PAGE_BYTES,
    maximum: MEMORY_BYTES / PAGE_BYTES,
  });
}

/**
 * Whether memory is used up. Memory grows in large steps, so it never reaches the exact maximum.
 */
export function isFull({ buffer }: GuestMemory): boolean {
  return buffer.byteLength > MEMORY_BYTES - LAST_STEP_BYTES;
}

interface Guest {
  readonly kit: QuickJSHandle;
  readonly values: QuickJSHandle;
  readonly cells: QuickJSHandle;
}

/**
 * Opens an engine inside a worker.
 * @param stack_bytes the size of the guest's stack; the host's own stack must be larger
 */
export function openEngine(
  quickjs: QuickJSWASMModule,
  scripts: GuestScripts,
  services: HostServices,
  stack_bytes: number,
): Engine {
  const runtime = quickjs.newRuntime();
  runtime.setMemoryLimit(MEMORY_BYTES);
  runtime.setMaxStackSize(stack_bytes);
  const vm = runtime.newContext();
  runtime.setInterruptHandler(() => services.isOver());
  const guest = openGuest(vm, scripts, services);
  return { run: (cell) => runCell(vm, guest, services, cell) };
}

function openGuest(vm: QuickJSContext, scripts: GuestScripts, services: HostServices): Guest {
  const host = vm.newFunction('host', (name, payload) => {
    const answer = services.serve(vm.getString(name), JSON.parse(vm.getString(payload)));
    return vm.newString(JSON.stringify(answer));
  });
  // As modules they share no names with cells. Each is opened with the parts that it needs.
  const open = (name: keyof GuestScripts, ...given: QuickJSHandle[]) => {
    const module = vm.evalCode(scripts[name], `tieline:${name}`, { type: 'module' });
    return callMember(vm, vm.unwrapResult(module), 'open', given);
  };
  const values = open('values', open('json'));
  const kit = open('globals', host, values);
  open('urls', kit).dispose();
  const verbs = vm.unwrapResult(vm.evalCode(JSON.stringify(VERBS)));
  const api = open('client', kit, open('requests', kit), verbs);
  const cells = open('cells', kit, values, api);
  return { kit, values, cells };
}

function runCell(
  vm: QuickJSContext,
  guest: Guest,
  services: HostServices,
  { index, source, timeout_ms }: CellMessage,
): CellEnd {
  services.begin(timeout_ms);
  const file = `cell-${index}.js`;
  const script = cellScript(source);
  const call = (name: string, ...given: QuickJSHandle[]) =>
    callMember(vm, guest.cells, name, given);
  const failed = (thrown: Thrown): CellEnd => {
    services.extend(SHOWING_MS);
    try {
      callMember(vm, guest.cells, 'fail', [vm.newNumber(index)]).dispose();
    } catch (error) {
      // Out of memory, the guest cannot mark the cell as failed. The cause is known here anyway.
      if (!(error instanceof GuestError)) throw error;
    }
    return {
      value: null,
      failure: explainFailure(thrown, file, script.columnAt, {
        source,
        missed: services.missed(),
      }),
      lines: services.lines(),
    };
  };
  try {
    call('begin', vm.newNumber(index)).dispose();
    if (script.error) return failed(unreadable(script.error, file));
    const result = vm.evalCode(script.text, file, { type: 'global', strict: false });
    if (result.error) return failed(explain(vm, guest, services, result.error));
    call('take', result.value).dispose();
    result.value.dispose();
    const stuck = waitFor(vm, guest, services);
    if (stuck) return failed(stuck);
    const state = vm.getString(call('state'));
    services.extend(SHOWING_MS);
    const told = JSON.parse(vm.getString(call('end'))) as Thrown | Value;
    if (state === 'failed') return failed(told as Thrown);
    return { value: told as Value, failure: null, lines: services.lines() };
  } catch (error) {
    if (error instanceof GuestError) return failed(error.thrown(vm, guest, services));
    throw error;
  }
}

/** Runs the cell's promises and timers until the cell ends. Returns an error if it never will. */
function waitFor(vm: QuickJSContext, guest: Guest, services: HostServices): Thrown | null {
  const state = () => vm.getString(callMember(vm, guest.cells, 'state', []));
  for (;;) {
    const jobs = vm.runtime.executePendingJobs(JOBS_AT_ONCE);
    if (jobs.error) return explain(vm, guest, services, jobs.error);
    // A finished cell ends even if an earlier cell left an endless chain of promises or timers.
    if (state() !== 'waiting') return null;
    if (services.isOver()) return tooLong(services.limit());
    if (vm.runtime.hasPendingJob()) continue;
    const due = vm.dump(callMember(vm, guest.kit, 'nextTimer', [])) as number | null;
    if (due === null) return neverEnds(vm, guest);
    const wait = Math.min(due - services.now(), services.left());
    if (wait > 0) sleep(wait);
    if (services.isOver()) return tooLong(services.limit());
    callMember(vm, guest.kit, 'fireTimer', [vm.newNumber(services.now())]).dispose();
  }
}

/** Requests and questions block, so with no job and no timer left the cell can never end. */
function neverEnds(vm: QuickJSContext, guest: Guest): Thrown {
  const byDone = vm.dump(callMember(vm, guest.cells, 'waitsForDone', [])) === true;
  const message = byDone
    ? 'The cell called async(), but no code is left that could call the function it returned.'
    : 'The value of the cell is a promise, but no code is left that could settle it.';
  return { name: 'LimitError', message, stack: null };
}

/** An error that guest code threw. `thrown` asks the guest for its name and message. */
class GuestError extends Error {
  readonly #handle: QuickJSHandle;

  constructor(handle: QuickJSHandle) {
    super('guest code threw');
    this.#handle = handle;
  }

  thrown(vm: QuickJSContext, guest: Guest, services: HostServices): Thrown {
    return explain(vm, guest, services, this.#handle);
  }
}

function callMember(
  vm: QuickJSContext,
  target: QuickJSHandle,
  name: string,
  given: readonly QuickJSHandle[],
): QuickJSHandle {
  using member = vm.getProp(target, name);
  const result = vm.callFunction(member, vm.undefined, ...given);
  if (result.error) throw new GuestError(result.error);
  return result.value;
}

/** Asks the guest to describe an error. Without memory or stack the guest fails at that, too. */
function explain(
  vm: QuickJSContext,
  guest: Guest,
  services: HostServices,
  error: QuickJSHandle,
): Thrown {
  const wasOver = services.isOver();
  services.extend(SHOWING_MS);
  using member = vm.getProp(guest.values, 'explain');
  const result = vm.callFunction(member, vm.undefined, error);
  error.dispose();
  if (result.error) {
    result.error.dispose();
    if (services.isOver()) return tooLong(services.limit());
    return { name: 'InternalError', message: 'out of memory', stack: null };
  }
  const thrown = JSON.parse(vm.getString(result.value)) as Thrown;
  result.value.dispose();
  return wasOver && thrown.name === 'InternalError' ? tooLong(services.limit()) : thrown;
}
