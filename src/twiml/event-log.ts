import type { NewEntry } from '../carrier/timeline.ts';
import { withoutUserInfo } from '../kit/user-info.ts';
import { BAD_SCHEMA, type Verb } from './twiml.ts';

/** The most events of one run that are kept. Of the rest only the number is kept. */
const MAX_EVENTS = 100;
/** The most characters of a text or an attribute that are kept. */
const SHOWN_CHARACTERS = 1_000;

type Detail = number | string | readonly string[];

/** The events of a run of TwiML, for the timeline. They hold no password and stay small. */
export class EventLog {
  readonly #entries: NewEntry[] = [];
  #left_out = 0;

  /** @param detail facts besides the verb itself, such as its seconds */
  ran(verb: Verb, detail: Readonly<Record<string, Detail>> = {}): void {
    const { name, attributes, text, line } = verb;
    this.#add(() => ({
      kind: 'verb',
      detail: {
        name: shown(name),
        line,
        attributes: Object.fromEntries(
          Object.entries(attributes).map(([key, value]) => [shown(key), shown(value)]),
        ),
        ...(text !== '' && { text: shown(text) }),
        ...Object.fromEntries(Object.entries(detail).map(([key, value]) => [key, shownAny(value)])),
      },
    }));
  }

  /** Notes that a verb was not done, or not as written. */
  warn(verb: Verb, message: string, code: number = BAD_SCHEMA): void {
    this.#add(() => ({ kind: 'note', detail: { code, message: shown(message), line: verb.line } }));
  }

  entries(): NewEntry[] {
    if (this.#left_out === 0) return this.#entries;
    const message = `${this.#left_out} more things happened than are listed.`;
    return [...this.#entries, { kind: 'note', detail: { message } }];
  }

  #add(make: () => NewEntry): void {
    if (this.#entries.length < MAX_EVENTS) this.#entries.push(make());
    else this.#left_out += 1;
  }
}

function shownAny(value: Detail): Detail {
  if (typeof value === 'string') return shown(value);
  return typeof value === 'number' ? value : value.map(shown);
}

function shown(text: string): string {
  const safe = withoutUserInfo(text);
  if (safe.length <= SHOWN_CHARACTERS) return safe;
  return `${safe.slice(0, SHOWN_CHARACTERS).toWellFormed()}…`;
}
