import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten-core';
import { sleep } from './bridge.ts';
import { cellScript } from './cell-script.ts';
import type { CellEnd, CellMessage, GuestScripts } from './engine-messages.ts';
import { explainFailure, type Thrown, tooLong, unreadable } from './failure.ts';
import type { HostServices } from './host-services.ts';
import type { Value } from './outcome.ts';

/** What the sandbox may have in bytes, the engine's own data and stack included. */
const MEMORY_BYTES = 128 * 1024 * 1024;
const FIRST_MEMORY_BYTES = 16 * 1024 * 1024;
const LAST_STEP_BYTES = 16 * 1024 * 1024;
/** WebAssembly counts its memory in these. */
const PAGE_BYTES = 64 * 1024;
/**
 * How long values may be shown, and errors explained, after a cell has ended: less than what a host
 * waits before it ends the sandbox.
 */
const SHOWING_MS = 1_200;
/** Jobs of promises that run before timers and the clock are looked at again. */
const JOBS_AT_ONCE = 1_000;

/** Where guest code runs, apart from everything: QuickJS, with a few functions to the outside. */
export interface Engine {
  run(cell: CellMessage): CellEnd;
}

/** WebAssembly's memory; the types of Node leave it out. */
export interface GuestMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/**
 * The memory of one sandbox, which cannot grow beyond what it may have. The engine's own limit is
 * not enough: built for WebAssembly, it cannot tell how large its allocations are.
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

/** Whether it has grown as far as it can; its last step is too large to reach the very end. */
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
 * @param stack_bytes how deep guest code may call; the host's own stack must be deeper
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
  const make = (script: string, name: string, ...given: QuickJSHandle[]) => {
    const maker = vm.unwrapResult(vm.evalCode(script, `tieline:${name}`));
    return vm.unwrapResult(vm.callFunction(maker, vm.undefined, ...given));
  };
  const values = make(scripts.values, 'values');
  const kit = make(scripts.globals, 'globals', host, values);
  const api = make(scripts.client, 'client', kit);
  const cells = make(scripts.cells, 'cells', kit, values, api);
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
      // Without memory the cell cannot even be marked; why it failed is known all the same.
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

/** Runs what the cell left for later, until it is finished. Says why, where it never will be. */
function waitFor(vm: QuickJSContext, guest: Guest, services: HostServices): Thrown | null {
  const state = () => vm.getString(callMember(vm, guest.cells, 'state', []));
  for (;;) {
    const jobs = vm.runtime.executePendingJobs(JOBS_AT_ONCE);
    if (jobs.error) return explain(vm, guest, services, jobs.error);
    // What an earlier cell left running without end must not hold up one that is finished.
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

/** Requests and questions block, so once nothing is left to run, nothing will come. */
function neverEnds(vm: QuickJSContext, guest: Guest): Thrown {
  const byDone = vm.dump(callMember(vm, guest.cells, 'waitsForDone', [])) === true;
  const message = byDone
    ? 'The cell called async(), and nothing is left to run that could call what it returned.'
    : 'The cell came to a promise that nothing is left to settle.';
  return { name: 'LimitError', message, stack: null };
}

/** An error of the guest's on its way out; whoever catches it asks what it says. */
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

/** Asks the guest what an error says; without memory or stack it cannot even say that. */
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
