import { parentPort } from 'node:worker_threads';
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core';
import { serveEngine } from './engine-worker.ts';

/** How deep guest code may call; the worker's own stack has room for several times as much. */
const STACK_BYTES = 256 * 1024;

const port = parentPort;
if (port) {
  const load = () => newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
  port.on(
    'message',
    serveEngine(load, STACK_BYTES, (message) => port.postMessage(message)),
  );
}
