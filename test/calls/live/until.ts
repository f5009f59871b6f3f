import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { type Caller, fetchCall } from '../../support/calls.ts';
import type { TestApp } from '../../support/test-app.ts';

/** The most turns of the event loop that a story waits for. */
export const MAX_TURNS = 20_000;

/** Waits until a call has a status. @returns its JSON */
export async function until(app: TestApp, caller: Caller, sid: string, status: string) {
  let call = await fetchCall(app, caller, sid);
  for (let turn = 0; turn < MAX_TURNS && call.status !== status; turn += 1) {
    await setImmediate();
    call = await fetchCall(app, caller, sid);
  }
  assert.equal(call.status, status);
  return call;
}
