import { isConflict, isOutage } from '../../db/db-error.ts';
import { ApiError, conflict } from '../../kit/api-error.ts';
import type { Log } from '../../kit/log.ts';
import { CONTENT_TYPES } from './representation.ts';
import { writeXml } from './xml.ts';

/** The form of a path's errors: the API's JSON or XML, the control API's JSON, or a page. */
export type ErrorStyle = 'json' | 'xml' | 'control' | 'page';

/** The first segment of the paths of pages. */
const PAGE_PATH =
  /^\/(?:$|(?:assets|authorize|connect-button\.svg|console|demo|docs|links|login|logos|logout|signup|user)(?:\/|$))/;

/** The paths that programs request; a browser at any other path sees a page. */
const API_PATH =
  /^\/(?:2010-04-01|v\d|_tieline|_carrier|healthz|readyz|metrics|openapi|raml|apiplatform)/;

/**
 * The style of a request path, which may belong to no route at all
 * (docs/contract/errors.md, "Form of an error").
 * @param accept the request's `Accept`, which tells a browser at a mistyped address from a program
 */
export function errorStyleOf(path: string, accept = ''): ErrorStyle {
  if (!API_PATH.test(path) && accept.includes('text/html')) return 'page';
  if (/^\/_(?:tieline|carrier)/.test(path)) return 'control';
  if (PAGE_PATH.test(path)) return 'page';
  if (!path.startsWith('/2010-04-01')) return 'json';
  return path.endsWith('.json') ? 'json' : 'xml';
}

/** Turns a thrown value into an answer; a bug becomes a logged 500 without details. */
export function apiErrorOf(error: unknown, log: Log, request_id: string): ApiError {
  if (error instanceof ApiError) return error;
  const fault = error as { statusCode?: unknown; code?: unknown; message?: unknown };
  if (isOutage(error)) {
    log.error({ err: error, request_id }, 'the database is not available');
    return new ApiError(503, 20503, 'The database cannot be reached at the moment', {
      headers: { 'Retry-After': '1' },
    });
  }
  if (isConflict(error)) return conflict('Something else changed at the same moment; try again');
  const status = fault.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new ApiError(status, 20001, REQUEST_FAULTS[String(fault.code)] ?? 'Bad request');
  }
  log.error({ err: error, request_id }, 'an unexpected error');
  return new ApiError(500, 20500, `Internal Server Error (request ${request_id})`);
}

/** Our messages for the errors of Fastify, by its codes. */
const REQUEST_FAULTS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The Content-Type cannot be read',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as its Content-Length says',
  FST_ERR_BAD_URL: 'The URL cannot be read',
};

/** The body of an error and its content type. */
export function writeError(
  error: ApiError,
  style: Exclude<ErrorStyle, 'page'>,
): { type: string; body: string } {
  const { code, message, status } = error;
  if (style === 'control') {
    return { type: CONTENT_TYPES.json, body: JSON.stringify({ error: message }) };
  }
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  if (style === 'json') {
    return { type: CONTENT_TYPES.json, body: JSON.stringify({ code, message, more_info, status }) };
  }
  const children = [
    { name: 'Code', text: String(code) },
    { name: 'Message', text: message },
    { name: 'MoreInfo', text: more_info },
    { name: 'Status', text: String(status) },
  ];
  const exception = { name: 'RestException', children };
  return {
    type: CONTENT_TYPES.xml,
    body: writeXml({ name: 'TwilioResponse', children: [exception] }),
  };
}
