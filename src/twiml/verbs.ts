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
  'It is not called. The numbers beside it are called; without a number the action gets DialCallStatus=failed.';

const runs = (how: string, nouns?: List): Known => ({ runs: true, how, ...(nouns && { nouns }) });
const told = (how: string, nouns?: List): Known => ({ runs: false, how, ...(nouns && { nouns }) });
const all = (names: string, known: Known): List =>
  Object.fromEntries(names.split(' ').map((name) => [name, known]));

/** Verbs that only let time pass, in a document and in a `Gather`. */
const SPEAKING = {
  Say: runs(
    'Takes as long as saying its text does. Elements of SSML count by their text.',
    all('break emphasis lang p phoneme prosody s say-as sub w', runs('Its text is said.')),
  ),
  Play: runs(
    'Takes five seconds each time, or plays its digits, two a second. No file is fetched.',
  ),
  Pause: runs('Waits for its length.'),
} satisfies List;

const MESSAGE = runs('Sends a message. Its action is requested for the next document.', {
  Body: runs('The text of the message.'),
  Media: runs('The URL of a file. A message has at most ten.'),
});

const REDIRECT = runs(
  'Requests another document by its URL. The rest of this document is not run.',
);

export const VOICE_VERBS = {
  ...SPEAKING,
  Gather: runs(
    'Collects the keys or the speech that a test enters into the call, and sends them to its action.',
    SPEAKING,
  ),
  Record: runs('Records the other side, and sends the recording’s URL to its action.'),
  Dial: runs(
    'Calls the numbers. The first one to answer is connected. The outcome is sent to its action.',
    {
      Number: runs('The number is called.'),
      ...all('Application Client Conference Queue Sim Sip WhatsApp', told(OTHERS)),
    },
  ),
  Hangup: runs('Ends the call.'),
  Reject: runs('Rejects a call that is not answered yet, and hangs up one that is.'),
  Redirect: REDIRECT,
  Message: MESSAGE,
  Sms: MESSAGE,
  Connect: told(`No stream, room or agent is connected. ${ON}`),
  Echo: told(ON),
  Enqueue: told(`There are no queues. ${ON}`),
  Leave: told(`There are no queues to leave. ${ON}`),
  Pay: told(`Nothing is paid. ${ON}`),
  Prompt: told(ON),
  Refer: told(`The call is not transferred. ${ON}`),
  Start: told(`No stream, recording or transcription is started. ${ON}`),
  Stop: told(ON),
} satisfies List;

export const MESSAGING_VERBS = {
  Message: MESSAGE,
  Sms: MESSAGE,
  Redirect: REDIRECT,
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
