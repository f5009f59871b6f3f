import { badParameter } from '../../kit/api-error.ts';
import type { Pairs } from './parameter-variants.ts';
import type { SignatureCase } from './signature-case.ts';

/** The longest URL, as `webhook` addresses may have it with the parameters of a GET. */
const URL_LENGTH = 16_384;
/** The longest body or list of parameters, in characters. */
const BODY_LENGTH = 65_536;
/** The most parameters. Webhooks of calls and messages have fewer than 60. */
const MAX_PARAMETERS = 200;
/** The longest header. A signature has 28 characters, one in hexadecimal digits of SHA-256 64. */
const HEADER_LENGTH = 256;

/** Texts that a person or a program gave, by the names of their parameters. */
export interface GivenCase {
  readonly Url: string;
  readonly Signature: string;
  /** The body as it came, or the parameters: one on a line, or as a JSON object. */
  readonly Body?: string | undefined;
  readonly Computed?: string | undefined;
  readonly ForwardedHost?: string | undefined;
}

/**
 * Reads a request as its receiver saw it.
 * @throws ApiError 400 naming the parameter and the rule
 */
export function readCase(given: GivenCase): SignatureCase {
  const url = within('Url', given.Url.trim(), URL_LENGTH);
  if (!/^https?:\/\//i.test(url)) {
    throw badParameter('Url', 'must be the whole URL, beginning with https:// or http://');
  }
  const signature = within('Signature', headerValue(given.Signature), HEADER_LENGTH);
  if (!/^[A-Za-z\d+/]{27}=$/.test(signature)) {
    throw badParameter(
      'Signature',
      'must be the value of X-Twilio-Signature: 28 characters of base64, the last one =',
    );
  }
  const body = within('Body', given.Body ?? '', BODY_LENGTH);
  const computed = within('Computed', given.Computed?.trim() ?? '', HEADER_LENGTH);
  const forwarded = within('ForwardedHost', given.ForwardedHost?.trim() ?? '', HEADER_LENGTH);
  const read = readBody(body);
  if (read.pairs.length > MAX_PARAMETERS) {
    throw badParameter('Body', `must have at most ${MAX_PARAMETERS} parameters`);
  }
  return {
    url,
    signature,
    ...read,
    computed: computed === '' ? null : computed,
    forwarded_host: forwarded === '' ? null : forwarded,
  };
}

function within(parameter: string, text: string, length: number): string {
  if (text.length > length) throw badParameter(parameter, `must be at most ${length} characters`);
  return text;
}

/** The value of a header that may have been copied with its name. */
function headerValue(text: string): string {
  return text.trim().replace(/^X-Twilio-Signature\s*:\s*/i, '');
}

function readBody(text: string): { pairs: Pairs; body: string | null; is_json: boolean } {
  if (text.trim() === '') return { pairs: [], body: null, is_json: false };
  const fields = jsonFields(text);
  if (fields) return { pairs: fields, body: text, is_json: true };
  if (isForm(text)) {
    return { pairs: [...new URLSearchParams(text.trim())], body: text.trim(), is_json: false };
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return { pairs: lines.map(pairOfLine), body: null, is_json: false };
}

function jsonFields(text: string): Pairs | null {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Object.entries(value as object).map(([name, field]: [string, unknown]) => [
      name,
      typeof field === 'string' ? field : JSON.stringify(field),
    ]);
  } catch {
    return null;
  }
}

/** Whether a text is a form as it is sent: one line of `name=value`, joined by `&`, encoded. */
function isForm(text: string): boolean {
  return /^[^\s=&]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*&?$/.test(text.trim());
}

/** `From: +1555…`, `From = +1555…` or `From	+1555…`. */
function pairOfLine(line: string): readonly [string, string] {
  const at = /^\s*["']?([\w.[\]-]+)["']?\s*(?::|=>?|\t)\s?/.exec(line);
  if (!at) return [line.trim(), ''];
  const value = line.slice(at[0].length).replace(/,\s*$/, '');
  const quoted = /^(["'])(.*)\1$/.exec(value);
  return [at[1] ?? '', quoted?.[2] ?? value];
}
