import fc from 'fast-check';
import type { Verb } from '../../src/twiml/twiml.ts';

/** Verbs as a hostile author could write them. */
const NAMES =
  'Say Play Pause Gather Record Dial Number Hangup Reject Redirect Message Sms Body Media Client ' +
  'toString __proto__ say';
const ATTRIBUTES =
  'action method loop length digits timeout numDigits finishOnKey input maxLength timeLimit record ' +
  'reason statusCallback actionOnEmptyResult recordingStatusCallbackEvent toString constructor';
const VALUES =
  ' 0 1 9 14400 99999999999 -1 true false GET get speech /a http://[ // https://u:p@h/ 12# busy ' +
  '+14155552671 \uD800 ";--';
/** Makes plain objects, like those from JSON. */
export const PLAIN = { noNullPrototype: true };
const anyOf = (words: string) => fc.constantFrom(...words.split(' '));
const value = fc.oneof(anyOf(VALUES), fc.string({ unit: 'grapheme' }));
/** Any verb. */
export const { verb } = fc.letrec<{ verb: Verb; children: Verb[] }>((tie) => ({
  verb: fc.record<Verb>(
    {
      name: anyOf(NAMES),
      attributes: fc.dictionary(anyOf(ATTRIBUTES), value, PLAIN),
      text: value,
      children: tie('children'),
      line: fc.nat(),
    },
    PLAIN,
  ),
  children: fc.oneof(
    { depthSize: 'small' },
    fc.constant<Verb[]>([]),
    fc.array(tie('verb'), { maxLength: 3 }),
  ),
}));
