import { createRequire } from 'node:module';
import { destination, type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import type { PrettyOptions, prettyFactory } from 'pino-pretty';
import type { LogFormat, LogLevel } from './log-level.ts';

export type Log = Logger;

/** Receives the lines of a log, each with its line end. */
interface Lines {
  write(line: string): void;
}

/**
 * Names of fields that could hold a secret by mistake. The rule is that no secret is logged: log
 * lines consist of named fields, never of requests, headers, bodies or rows.
 */
const SECRET_NAMES = ['auth_token', 'authorization', 'cookie', 'password', 'secret', 'token'];

interface PrettyLibrary {
  readonly prettyFactory: typeof prettyFactory;
  readonly isColorSupported: boolean;
}

const PRETTY: PrettyOptions = { translateTime: 'SYS:HH:MM:ss.l', singleLine: true };

/**
 * Opens a structured log, by default on standard error.
 * @param format null means the form for people on a terminal, and one JSON object a line elsewhere
 */
export function openLog(
  level: LogLevel,
  { lines, format = 'json' }: { readonly lines?: Lines; readonly format?: LogFormat | null } = {},
): Log {
  const paths = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths, censor: '[redacted]' },
  };
  const wanted = format ?? (process.stderr.isTTY ? 'pretty' : 'json');
  const end = lines ?? destination({ fd: 2, sync: true });
  return pino(options, wanted === 'pretty' ? prettyLines(end) : end);
}

/** Turns lines into the form for people. The library loads with the first line. */
function prettyLines(end: Lines): Lines {
  let turn: ReturnType<typeof prettyFactory> | null = null;
  return {
    write(line) {
      if (!turn) {
        const { prettyFactory: factory, isColorSupported } = createRequire(import.meta.url)(
          'pino-pretty',
        ) as PrettyLibrary;
        turn = factory({ ...PRETTY, colorize: isColorSupported });
      }
      end.write(turn(line) ?? line);
    },
  };
}
