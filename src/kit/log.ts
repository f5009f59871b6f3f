import { destination, type Logger, pino } from 'pino';

export type Log = Logger;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Names under which a secret might ever be handed to the log by mistake. The rule is that none
 * is: log lines are made of named fields, never of requests, headers, bodies or rows.
 */
const SECRET_NAMES = ['auth_token', 'authorization', 'cookie', 'password', 'secret', 'token'];

/** A structured log, one JSON object a line, on standard error unless told otherwise. */
export function openLog(level: LogLevel, stream?: { write(line: string): void }): Log {
  const paths = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const options = { level, base: null, redact: { paths, censor: '[redacted]' } };
  return stream ? pino(options, stream) : pino(options, destination({ fd: 2, sync: true }));
}
