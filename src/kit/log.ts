import { destination, type Logger, pino } from 'pino';
import type { LogLevel } from './log-level.ts';

export type Log = Logger;

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
