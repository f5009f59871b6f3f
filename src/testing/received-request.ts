/** A request that a receiver got. */
export interface ReceivedRequest {
  readonly method: string;
  /** The whole URL, as a program would give it to a validator of signatures. */
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as text. */
  readonly body: string;
  /** The parameters of the query and of the form, or the fields of a JSON body, as text. */
  readonly params: Readonly<Record<string, string>>;
  /** Whether the signature fits, and no byte was changed. */
  readonly verified: boolean;
  /** The account whose token signed it; null where `verified` is false. */
  readonly signed_by: string | null;
  /** The account that the request is about; null where it names none. */
  readonly account_sid: string | null;
}

/** What a receiver answers. Text alone is TwiML. */
export type Reply =
  | string
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly twiml?: string;
      /** Milliseconds before it answers. */
      readonly delay?: number;
    };

/** Fits a request when the function says so, or when the request has all these parameters. */
export type Expectation =
  | ((request: ReceivedRequest) => boolean)
  | Readonly<Record<string, string>>;

/** Whether a request is what a test waits for. */
export function fits(request: ReceivedRequest, expected: Expectation): boolean {
  if (typeof expected === 'function') return expected(request);
  return Object.entries(expected).every(([name, value]) => request.params[name] === value);
}

/** The parameters of a request by name; of a name that comes twice, the last. */
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
    // The body itself is there to be looked at.
  }
  return params;
}

/** Parameters that an error repeats of a request. */
const MAX_SHOWN = 6;
const SHOWN_LENGTH = 40;

/** A request in one line, for the error that says what did arrive. */
export function describe({ method, path, params, verified }: ReceivedRequest): string {
  const pairs = Object.entries(params).map(
    ([name, value]) => `${name}=${value.slice(0, SHOWN_LENGTH)}`,
  );
  const shown = pairs.length > MAX_SHOWN ? [...pairs.slice(0, MAX_SHOWN), '…'] : pairs;
  const doubt = verified ? '' : ' (signature does not fit)';
  return `${method} ${path}${doubt} ${shown.join(' ')}`.trim();
}
