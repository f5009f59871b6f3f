import variant from '@jitl/quickjs-singlefile-browser-release-sync';
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core';
import type { ToWorker } from '../engine-messages.ts';
import { serveEngine } from '../engine-worker.ts';

/** The worker of the notebook page: the engine, and no way to the network. */

/** How deep guest code may call: with more, a browser's own stack ends before. */
const STACK_BYTES = 96 * 1024;

const serve = serveEngine(
  () => newQuickJSWASMModuleFromVariant(variant),
  STACK_BYTES,
  (message) => self.postMessage(message),
);
self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => serve(data));
