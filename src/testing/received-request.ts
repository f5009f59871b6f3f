/** A request that a receiver has received. */
export interface ReceivedRequest {
  readonly method: string;
  /** The complete URL, as signature validators need it. */
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as text. */
  readonly body: string;
  /** The parameters of the query and of the form, or the fields of a JSON body, as text. */
  readonly params: Readonly<Record<string, string>>;
  /** Whether the signature is right for the unchanged request. */
  readonly verified: boolean;
  /** The account whose token signed the request; null when `verified` is false. */
  readonly signed_by: string | null;
  /**
   * The usual mistake that keeps the signature from fitting, in a sentence: a changed port, scheme or
   * path, a parameter that was decoded twice and others. Null when none explains it.
   */
  readonly signature_problem: string | null;
  /** The account in the parameter `AccountSid`; null when the request has none. */
  readonly account_sid: string | null;
}

/** The reply of a receiver. A plain text is TwiML. */
export type Reply =
  | string
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly twiml?: string;
      /** The delay of the reply, in milliseconds. */
      readonly delay?: number;
    };

/** A function that accepts a request, or parameters that the request must have. */
export type Expectation =
  | ((request: ReceivedRequest) => boolean)
  | Readonly<Record<string, string>>;

/** Whether a request meets an expectation. */
export function fits(request: ReceivedRequest, expected: Expectation): boolean {
  if (typeof expected === 'function') return expected(request);
  return Object.entries(expected).every(([name, value]) => request.params[name] === value);
}

/** The parameters of a request, by name. If a name occurs twice, the last value counts. */
export function paramsOf(url: URL, contentType: string, body: string): Record<string, string> {
  const params = Object.fromEntries(url.searchParams);
  delete params['bodySHA256'];
  if (/^application\/x-www-form-urlencoded/i.test(contentType)) {
    return { ...params, ...Object.fromEntries(new URLSearchParams(body)) };
  }
  if (!/^application\/json/i.test(contentType)) return params;
  try {
    for (const [name, value] of Object.entries(JSON.parse(body) as object)) {
      params[name] = typeof value === 'string' ? value : JSON.stringify(value);
    }
  } catch {
    // The body is not valid JSON. A test can still read it as text.
  }
  return params;
}

/** An error shows at most this many parameters of a request. */
const MAX_SHOWN = 6;
const SHOWN_LENGTH = 40;

/** A request in one line, for an error that lists the received requests. */
export function describe(request: ReceivedRequest): string {
  const { method, path, params, verified, signature_problem } = request;
  const pairs = Object.entries(params).map(
    ([name, value]) => `${name}=${value.slice(0, SHOWN_LENGTH)}`,
  );
  const shown = pairs.length > MAX_SHOWN ? [...pairs.slice(0, MAX_SHOWN), '…'] : pairs;
  const why = signature_problem === null ? '' : `: ${signature_problem}`;
  const doubt = verified ? '' : ` (signature does not fit${why})`;
  return `${method} ${path}${doubt} ${shown.join(' ')}`.trim();
}
