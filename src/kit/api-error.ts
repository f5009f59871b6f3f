/**
 * An expected "no". It becomes Twilio's error body on the API and `{"error": …}` on the control
 * API (`http/answers/error-answer.ts`); anything else that is thrown is a bug and a logged 500.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The parameter that is wrong, and the rule that it breaks; null for anything else. */
  readonly broken: { readonly parameter: string; readonly rule: string } | null;

  constructor(
    status: number,
    code: number,
    message: string,
    { headers = {}, broken = null }: Partial<Pick<ApiError, 'headers' | 'broken'>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.broken = broken;
  }
}

/** 400/20001. @param rule completes a sentence that begins with the parameter's name */
export function badParameter(name: string, rule: string, code = 20001): ApiError {
  return new ApiError(400, code, `${name} ${rule}`, { broken: { parameter: name, rule } });
}

/** 400/20001 for a request that is wrong as a whole rather than in one parameter. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, 20001, message);
}

const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="Twilio API"' };

/** 401/20003: the credentials do not fit, or the account is out of their reach. */
export function unauthenticated(
  message = 'Authenticate',
  headers: Record<string, string> = {},
): ApiError {
  return new ApiError(401, 20003, message, { headers: { ...CHALLENGE, ...headers } });
}

/** 403/20403: a known caller who may not do this. */
export function forbidden(message: string, headers: Record<string, string> = {}): ApiError {
  return new ApiError(403, 20403, message, { headers });
}

/** 404/20404. The answer's message names the requested path, which only the HTTP layer knows. */
export class NotFound extends ApiError {
  constructor(headers: Record<string, string> = {}) {
    super(404, 20404, 'The requested resource was not found', { headers });
  }
}

/** The row that a query found, or `true` from a deletion. @throws NotFound when there is none */
export function orNotFound<Row extends object | boolean | null | undefined>(
  row: Row,
): Exclude<Row, undefined | null | false> {
  if (!row) throw new NotFound();
  return row as Exclude<Row, undefined | null | false>;
}

/** 405/20004. */
export function methodNotAllowed(allowed: readonly string[]): ApiError {
  return new ApiError(405, 20004, 'Method not allowed', { headers: { Allow: allowed.join(', ') } });
}

/** 409/20409: the request is valid, but not in the present state. */
export function conflict(message: string): ApiError {
  return new ApiError(409, 20409, message);
}

/** 503/20503: the database or the write queue cannot take this now. The client should try again. */
export function unavailable(message: string, retryAfterSeconds = 1): ApiError {
  return new ApiError(503, 20503, message, {
    headers: { 'Retry-After': String(retryAfterSeconds) },
  });
}

/** The answer when nobody knows whether a change was made. */
export function unconfirmed(): ApiError {
  return unavailable(
    'The database did not confirm the change, so it may have been made: look, or try again with the ' +
      'same Idempotency-Key',
  );
}
