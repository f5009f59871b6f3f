import sax from 'sax';
import {
  MAX_DEPTH,
  MAX_VERBS,
  NOT_PARSED,
  TOO_LARGE,
  TWIML_MAX_BYTES,
  type TwimlDocument,
  type TwimlError,
  type Verb,
} from './twiml.ts';

export type Parsed =
  | { readonly document: TwimlDocument; readonly error: null }
  | { readonly document: null; readonly error: TwimlError };

/** An element that is being read. */
interface OpenVerb extends Verb {
  text: string;
  readonly children: Verb[];
}

/** What TwiML breaks, as the end of a sentence. */
class Refused extends Error {}

/** Not a character of XML 1.0, however it is written. */
const NO_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
/** Attributes about the document rather than about the verb. */
const OF_XML = /^xml(ns)?(:|$)|^xsi:/;

/**
 * Reads TwiML. It never throws. XML is taken strictly; a document type and entities other than
 * the five of XML are refused, comments and processing instructions left out. Names of verbs are
 * not looked at but for the outermost, which must be `Response`.
 * @returns the document, or why it is none, with the line and the column.
 */
export function parseTwiml(text: string): Parsed {
  if (Buffer.byteLength(text) > TWIML_MAX_BYTES) {
    return fail(TOO_LARGE, `The TwiML is longer than ${TWIML_MAX_BYTES} bytes.`);
  }
  if (text.trim() === '') return fail(NOT_PARSED, 'There is no TwiML, which begins with Response.');
  const parser = sax.parser(true, { strictEntities: true } as sax.SAXOptions);
  const reader = new Reader(parser);
  try {
    parser.write(text).close();
    if (reader.root === null) throw new Refused('it has no element');
    return { document: { verbs: reader.root.children }, error: null };
  } catch (error) {
    // The parser stumbles over a few strange names; that is a failure like the others.
    const why = error instanceof Refused ? error.message : 'it is not well-formed';
    const where = `line ${parser.line + 1}, column ${Math.max(parser.column, 1)}`;
    return fail(NOT_PARSED, `The TwiML cannot be read at ${where}: ${why}.`);
  }
}

function fail(code: number, message: string): Parsed {
  return { document: null, error: { code, message } };
}

/** Makes verbs of what the parser meets, and refuses what is not for TwiML. */
class Reader {
  root: OpenVerb | null = null;
  readonly #open: OpenVerb[] = [];
  /** The `Say` that everything is part of at the moment. */
  #say: OpenVerb | null = null;
  #count = 0;
  /** Where the name of the element ended that is being read. */
  #line = 1;

  constructor(parser: sax.SAXParser) {
    Object.assign(parser, {
      onerror(error: Error) {
        throw new Refused(explain(error));
      },
      ondoctype() {
        throw new Refused('a document type is not allowed');
      },
      onsgmldeclaration() {
        throw new Refused('a declaration is not allowed');
      },
      onopentagstart: () => {
        // The character behind the name has been counted: after a line break, the column is 0.
        this.#line = parser.line + (parser.column === 0 ? 0 : 1);
      },
      onopentag: (tag: sax.Tag) => this.#begin(tag),
      onclosetag: () => this.#end(),
      ontext: (text: string) => this.#write(text),
      oncdata: (text: string) => this.#write(text),
    });
  }

  #begin({ name, attributes }: sax.Tag): void {
    const verb: OpenVerb = {
      name,
      attributes: attributesOf(attributes),
      text: '',
      children: [],
      line: this.#line,
    };
    const parent = this.#open.at(-1);
    if (parent) parent.children.push(verb);
    else this.#beginRoot(verb);
    this.#count += 1;
    if (this.#count > MAX_VERBS) throw new Refused(`it has more than ${MAX_VERBS} elements`);
    this.#open.push(verb);
    if (this.#open.length > MAX_DEPTH) {
      throw new Refused(`elements stand in each other more than ${MAX_DEPTH} deep`);
    }
    if (name === 'Say') this.#say ??= verb;
  }

  #beginRoot(verb: OpenVerb): void {
    if (this.root !== null) throw new Refused('there is a second outermost element');
    if (verb.name !== 'Response') {
      throw new Refused(`the outermost element is ${shown(verb.name)} and must be Response`);
    }
    this.root = verb;
  }

  #end(): void {
    const verb = this.#open.pop();
    if (!verb) return;
    verb.text = verb.text.trim();
    if (verb === this.#say) this.#say = null;
  }

  #write(text: string): void {
    demandCharacters(text);
    const verb = this.#open.at(-1);
    if (!verb) return;
    verb.text += text;
    if (this.#say !== null && this.#say !== verb) this.#say.text += text;
  }
}

function attributesOf(written: Readonly<Record<string, string>>): Record<string, string> {
  const attributes = Object.entries(written).filter(([name]) => !OF_XML.test(name));
  for (const [, value] of attributes) demandCharacters(value);
  return Object.fromEntries(attributes);
}

function demandCharacters(text: string): void {
  if (NO_CHARACTER.test(text)) throw new Refused('there is a character that XML does not have');
}

/** What the parser says, which goes on with the line and the column, as the end of a sentence. */
function explain({ message }: Error): string {
  const [what = ''] = message.split('\n');
  const plain = what.replace(/\.$/, '');
  return shown(plain.charAt(0).toLowerCase() + plain.slice(1));
}

/** Part of a document, as far as it fits into a sentence. */
function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
