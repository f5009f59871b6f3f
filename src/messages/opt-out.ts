/** docs/contract/messages.md, "STOP and START". */
const STOP = new Set([
  'stop',
  'stopall',
  'unsubscribe',
  'cancel',
  'end',
  'quit',
  'optout',
  'revoke',
]);
const START = new Set(['start', 'yes', 'unstop']);

/** Whether a message asks to stop messages or to start them again; null: neither. */
export function optOutOf(body: string): 'stop' | 'start' | null {
  const word = body.trim().toLowerCase();
  if (STOP.has(word)) return 'stop';
  return START.has(word) ? 'start' : null;
}
