/**
 * Every known verb and noun of TwiML, in one list. The interpreter uses it, and
 * `docs/contract/twiml.md` is generated from it. A verb that does not run is noted in the timeline
 * with 12200.
 */
export interface Known {
  readonly runs: boolean;
  /** Its effect; for a verb that does not run, how the call or the conversation goes on. */
  readonly how: string;
  /** The nouns that may be in it. */
  readonly nouns?: Readonly<Record<string, Known>>;
}

type List = Readonly<Record<string, Known>>;

const ON = 'The call goes on with the next verb.';
const OTHERS =
  'It is not called; the numbers beside it are, and where there are none the action is told DialCallStatus=failed.';

const runs = (how: string, nouns?: List): Known => ({ runs: true, how, ...(nouns && { nouns }) });
const told = (how: string, nouns?: List): Known => ({ runs: false, how, ...(nouns && { nouns }) });
const all = (names: string, known: Known): List =>
  Object.fromEntries(names.split(' ').map((name) => [name, known]));

/** Verbs that only let time pass, in a document and in a `Gather`. */
const SPEAKING = {
  Say: runs(
    'It takes as long as its text does to say; the elements of SSML within are read for their text.',
    all('break emphasis lang p phoneme prosody s say-as sub w', runs('Its text is said.')),
  ),
  Play: runs('Five seconds each time, or its digits, two a second. No file is fetched.'),
  Pause: runs('Its length.'),
} satisfies List;

const MESSAGE = runs('A message is sent, and its action is asked for what is next.', {
  Body: runs('The text.'),
  Media: runs('A file by its URL; ten at most.'),
});

export const VOICE_VERBS = {
  ...SPEAKING,
  Gather: runs(
    'Takes keys or speech that the test gives the call, and tells its action.',
    SPEAKING,
  ),
  Record: runs('Records the other side, and tells its action.'),
  Dial: runs('Calls the numbers; who answers first is connected. Then its action is told.', {
    Number: runs('It is called.'),
    ...all('Application Client Conference Queue Sim Sip WhatsApp', told(OTHERS)),
  }),
  Hangup: runs('Ends the call.'),
  Reject: runs('Turns a call away that was not answered yet; hangs up another one.'),
  Redirect: runs('Asks another URL; the rest of the document is not run.'),
  Message: MESSAGE,
  Sms: MESSAGE,
  Connect: told(`No stream, room or agent is connected. ${ON}`),
  Echo: told(ON),
  Enqueue: told(`There are no queues, and nobody waits in one. ${ON}`),
  Leave: told(`There are no queues to leave. ${ON}`),
  Pay: told(`Nothing is paid. ${ON}`),
  Prompt: told(ON),
  Refer: told(`The call is handed to nobody. ${ON}`),
  Start: told(`No stream, recording or transcription is started. ${ON}`),
  Stop: told(ON),
} satisfies List;

export const MESSAGING_VERBS = {
  Message: MESSAGE,
  Sms: MESSAGE,
  Redirect: runs('Asks another URL; the rest of the document is not run.'),
} satisfies List;

export type VoiceVerb = keyof typeof VOICE_VERBS;

/** Whether a verb or noun of a list runs. */
export function isRun(list: List, name: string): boolean {
  return Object.hasOwn(list, name) && list[name]?.runs === true;
}

/** The nouns of a verb. */
export function nounsOf(verb: VoiceVerb): List {
  const known: Known = VOICE_VERBS[verb];
  return known.nouns ?? {};
}
