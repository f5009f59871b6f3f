/** The time for the connection, and for the answer. Both end before the caller gives up. */
const CONNECT_MS = 5_000;
const ANSWER_MS = 20_000;
const ANSWER_BYTES = 64 * 1024;

/** A request to the far side of a carrier, at an address of the operator. */
export interface CallOut {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The most bytes that are read of the answer's body; the default is 64 KiB. */
  readonly max_bytes?: number;
  /** The time for the answer; the default is 20 seconds. */
  readonly answer_ms?: number;
}

/** An answer of the far side, or the reason why there is none. */
export type Reply =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string | undefined>>;
      /** The beginning of the body. */
      readonly body: Buffer;
      readonly is_whole: boolean;
    }
  | { readonly status: null; readonly has_left: boolean; readonly problem: string };

/** Failures before the first byte of the request. */
const BEFORE_SENDING =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|ERR_TLS_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/;

/** Sends one request over a connection of its own, follows no redirect, and never throws. */
export async function callOut({
  url,
  method,
  headers,
  body,
  max_bytes = ANSWER_BYTES,
  answer_ms = ANSWER_MS,
}: CallOut): Promise<Reply> {
  const { Agent, request } = await import('undici');
  // A connection that was kept may be closed by the far side at the moment of the next request, and
  // nobody could say whether that request arrived.
  const dispatcher = new Agent({ pipelining: 0, connect: { timeout: CONNECT_MS } });
  try {
    const answer = await request(url, {
      method,
      headers,
      body: body ?? null,
      dispatcher,
      headersTimeout: answer_ms,
      bodyTimeout: answer_ms,
      signal: AbortSignal.timeout(answer_ms + CONNECT_MS),
    });
    const fields = Object.entries(answer.headers).map(([name, value]): [string, string] => [
      name,
      [value].flat().join(', '),
    ]);
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(fields),
      ...(await beginningOf(answer.body, max_bytes)),
    };
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    const problem = code === '' ? message : wordsOf(code, message);
    return { status: null, has_left: !BEFORE_SENDING.test(code), problem };
  } finally {
    void dispatcher.destroy();
  }
}

/** An error for a timeline, which people read. Some errors of the system have only a code. */
function wordsOf(code: string, message: string): string {
  return message === '' || message.includes(code) ? message || code : `${message} (${code})`;
}

/** The beginning of a body. An answer whose body breaks off is complete with its status. */
async function beginningOf(body: AsyncIterable<Buffer>, max: number) {
  const parts: Buffer[] = [];
  let bytes = 0;
  let is_whole = false;
  try {
    for await (const part of body) {
      parts.push(part);
      bytes += part.length;
      if (bytes > max) break;
    }
    is_whole = bytes <= max;
  } catch {
    // The status has said everything that decides.
  }
  return { body: Buffer.concat(parts).subarray(0, max), is_whole };
}

/** The fields of a JSON object; none when the body is something else. */
export function fieldsOf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The pause after a throttled message whose answer names none, and the longest one. */
const PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 60 * 60_000;

/** The pause of a throttled message, by the header `Retry-After` in seconds. */
export function pauseOf(retry_after: string | undefined): number {
  const seconds = /^\d{1,6}$/.test(retry_after ?? '') ? Number(retry_after) : null;
  return seconds === null ? PAUSE_MS : Math.min(Math.max(seconds * 1_000, 100), MAX_PAUSE_MS);
}

/** The answers of a door: the request did not get in, so nothing was taken. */
export const AT_THE_DOOR: ReadonlySet<number> = new Set([401, 403, 404, 405, 407]);

/** The pause while the far side cannot be reached, or does not know us. */
export const DOWN_MS = 30_000;

const MAX_URL = 2_048;

/** Whether a text of the operator is an address to call. */
export function isCallable(text: string): boolean {
  const url = text.length <= MAX_URL ? URL.parse(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '';
}

export const CALLABLE_RULE = `must be an http or https URL of at most ${MAX_URL} characters, without a user and a password`;
