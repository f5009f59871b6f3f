import assert from 'node:assert/strict';
import { type CallNext, type CallState, MAX_SECONDS } from '../../src/twiml/call-run.ts';
import { parseTwiml } from '../../src/twiml/parse-twiml.ts';
import { runCall } from '../../src/twiml/run-call.ts';

export const STATE: CallState = {
  base_url: 'https://app.example.com/voice',
  is_answered: true,
  seconds: 0,
  max_seconds: MAX_SECONDS,
  inputs: [],
};

/** Runs a document of a call. */
export function runTwiml(text: string, state: Partial<CallState> = {}) {
  const { document } = parseTwiml(text);
  assert.ok(document);
  const done = runCall(document.verbs, 0, { ...STATE, ...state });
  const notes = done.events.filter(({ kind }) => kind === 'note').map(({ detail }) => detail);
  return { ...done, notes: notes.map(({ message }) => String(message)) };
}

/**
 * Runs a document and returns the next thing that the call waits for, which must be of this kind.
 */
export function nextOf<K extends CallNext['kind']>(kind: K, inner: string, state = {}) {
  const { next } = runTwiml(`<Response>${inner}</Response>`, state);
  assert.equal(next.kind, kind);
  return next as Extract<CallNext, { kind: K }>;
}
