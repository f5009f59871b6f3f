import { type Parsed, parseTwiml } from './parse-twiml.ts';
import { BAD_CONTENT_TYPE, RETRIEVAL_FAILED, TOO_LARGE, TWIML_MAX_BYTES } from './twiml.ts';

/** The answer of an application, with the part of its body that was read. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly bytes: Buffer;
  readonly is_whole: boolean;
}

/** The meaning of plain text: `voice` speaks it, `messaging` sends it as the reply. */
export type Channel = 'voice' | 'messaging';

const XML_TYPES = new Set(['text/xml', 'application/xml', 'text/html']);
/** Characters that XML 1.0 does not allow. */
const NO_CHARACTERS = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
/** The name of an encoding in a content type. */
const CHARSET = /;\s*charset\s*=\s*"?([\w.:-]+)/i;
const ENCODING = /^[\s\uFEFF]*<\?xml\s[^>]*?\bencoding\s*=\s*["']([\w.:-]+)/;

/**
 * Makes a document from an answer of 2xx. XML is parsed, even when it is sent as HTML. Plain text
 * is spoken or sent, audio is played, and an empty answer is an empty document.
 * @param url the URL of the answer
 * @returns the document, and TwiML with the same meaning
 */
export function readAnswer(
  answer: Answer,
  url: string,
  channel: Channel,
): Parsed & { readonly text: string } {
  const { status, headers, bytes, is_whole } = answer;
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type.startsWith('audio/') && channel === 'voice') {
    return parsed(`<Response><Play>${escaped(url)}</Play></Response>`);
  }
  if (!is_whole) {
    return bytes.length >= TWIML_MAX_BYTES
      ? failed(TOO_LARGE, `The answer is longer than ${TWIML_MAX_BYTES} bytes.`)
      : failed(RETRIEVAL_FAILED, 'The answer broke off before its end.');
  }
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding !== 'identity') {
    return failed(RETRIEVAL_FAILED, `The answer is compressed (${shown(coding)}), unasked.`);
  }
  const text = decode(bytes, headers['content-type'] ?? '');
  if (status === 204 || text.trim() === '')
    return { document: { verbs: [] }, error: null, text: '' };
  if (XML_TYPES.has(type)) return parsed(text);
  if (type === 'text/plain') return parsed(quoting(text, channel));
  const named = type === '' ? 'has no content type' : `has the content type ${shown(type)}`;
  return failed(BAD_CONTENT_TYPE, `The answer ${named}; TwiML is text/xml.`);
}

function parsed(text: string): Parsed & { readonly text: string } {
  return { ...parseTwiml(text), text };
}

function failed(code: number, message: string): Parsed & { readonly text: string } {
  return { document: null, error: { code, message }, text: '' };
}

function quoting(text: string, channel: Channel): string {
  const verb = channel === 'voice' ? 'Say' : 'Message';
  return `<Response><${verb}>${escaped(text.trim())}</${verb}></Response>`;
}

function escaped(text: string): string {
  return text
    .replaceAll(NO_CHARACTERS, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Decodes by the encoding in the header, else by the one in the document, else as UTF-8. */
function decode(bytes: Buffer, type: string): string {
  const named =
    CHARSET.exec(type)?.[1] ?? ENCODING.exec(bytes.subarray(0, 200).toString('latin1'))?.[1];
  try {
    return new TextDecoder(named ?? 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

function shown(text: string): string {
  return text.slice(0, 60);
}
