import { SaxesParser, type SaxesTagPlain } from 'saxes';
import {
  BAD_VERSION,
  MAX_DEPTH,
  MAX_VERBS,
  NOT_PARSED,
  NOT_RESPONSE,
  TOO_LARGE,
  TWIML_MAX_BYTES,
  type TwimlDocument,
  type TwimlError,
  type Verb,
} from './twiml.ts';

export type Parsed =
  | { readonly document: TwimlDocument; readonly error: null }
  | { readonly document: null; readonly error: TwimlError };

/** An element while it is read. */
interface OpenVerb extends Verb {
  text: string;
  readonly children: Verb[];
}

/** A broken rule of TwiML. The message is the end of a sentence. */
class Refused extends Error {
  readonly code: number;

  constructor(message: string, code: number = NOT_PARSED) {
    super(message);
    this.code = code;
  }
}

/** The five entities of XML itself. A document can declare no others. */
const ENTITIES = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' };
/** The allowed values of `version` on a `Response`. */
const VERSIONS: readonly (string | undefined)[] = [undefined, '2010-04-01', '2008-08-01'];
/** Attributes about the document rather than about the verb. */
const OF_XML = /^xml(ns)?(:|$)|^xsi:/;

/**
 * Reads TwiML, and never throws. It refuses text that is not well-formed XML 1.0, a document type,
 * and entities other than the five of XML. It skips comments and processing instructions. The
 * outermost element must be `Response`; other names are not checked here.
 * @returns the document, or the error with its line and column
 */
export function parseTwiml(text: string): Parsed {
  if (Buffer.byteLength(text) > TWIML_MAX_BYTES) {
    return fail(TOO_LARGE, `The TwiML is longer than ${TWIML_MAX_BYTES} bytes.`);
  }
  if (text.trim() === '') return fail(NOT_PARSED, 'There is no TwiML, which begins with Response.');
  const parser = new SaxesParser({ defaultXMLVersion: '1.0', forceXMLVersion: true });
  parser.ENTITIES = Object.assign(Object.create(null), ENTITIES) as Record<string, string>;
  const reader = new Reader(parser);
  try {
    parser.write(text).close();
    if (reader.root === null) throw new Refused('it has no element');
    return { document: { verbs: reader.root.children }, error: null };
  } catch (error) {
    const { message, code } =
      error instanceof Refused ? explainEnd(error, text) : new Refused('it is not well-formed');
    const where = `line ${parser.line}, column ${Math.max(parser.column, 1)}`;
    return fail(code, `The TwiML cannot be read at ${where}: ${message}.`);
  }
}

function fail(code: number, message: string): Parsed {
  return { document: null, error: { code, message } };
}

/** Builds verbs from the parser's events, and refuses XML that TwiML does not allow. */
class Reader {
  root: OpenVerb | null = null;
  readonly #open: OpenVerb[] = [];
  /** The `Say` around the present position. */
  #say: OpenVerb | null = null;
  #count = 0;
  /** The line and column at the end of the present element's name. */
  #line = 1;

  constructor(parser: SaxesParser) {
    parser.on('error', (error) => {
      throw new Refused(explain(error));
    });
    parser.on('doctype', () => {
      throw new Refused('a document type is not allowed');
    });
    parser.on('opentagstart', () => {
      // The parser has already counted the character after the name. After a line break the column is 0.
      this.#line = parser.line - (parser.column === 0 ? 1 : 0);
    });
    parser.on('opentag', (tag) => this.#begin(tag));
    parser.on('closetag', () => this.#end());
    parser.on('text', (text) => this.#write(text));
    parser.on('cdata', (text) => this.#write(text));
  }

  #begin({ name, attributes }: SaxesTagPlain): void {
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
    if (verb.name !== 'Response') {
      const why = `the outermost element is ${shown(verb.name)} and must be Response`;
      throw new Refused(why, NOT_RESPONSE);
    }
    if (!VERSIONS.includes(verb.attributes['version'])) {
      throw new Refused(`the version of Response does not exist; use ${VERSIONS[1]}`, BAD_VERSION);
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
    const verb = this.#open.at(-1);
    if (!verb) return;
    verb.text += text;
    if (this.#say !== null && this.#say !== verb) this.#say.text += text;
  }
}

function attributesOf(written: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(written).filter(([name]) => !OF_XML.test(name)));
}

/** The parser's message as the end of a sentence, without the line and column at its beginning. */
function explain({ message }: Error): string {
  const plain = message.replace(/^\d+:\d+: /, '').replace(/\.$/, '');
  return shown(plain.charAt(0).toLowerCase() + plain.slice(1));
}

/** Explains a bare `&`, which the parser reads as an entity that never ends. */
function explainEnd(error: Refused, text: string): Refused {
  const rest = text.slice(text.lastIndexOf(';') + 1);
  const isAlone = rest.includes('&') && !/<!--|<!\[CDATA\[/.test(rest);
  const isEnd = /^(unclosed tag|unexpected end)/.test(error.message);
  return isEnd && isAlone ? new Refused('an & stands alone; write &amp; for it') : error;
}

/** The beginning of a piece of a document, short enough for a sentence. */
function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
