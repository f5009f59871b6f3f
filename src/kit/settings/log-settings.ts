import { ConfigError } from '../config-error.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../log-level.ts';

/** @throws ConfigError */
export function readLogLevel(text: string | undefined): LogLevel {
  if (text === undefined || text === '') return 'info';
  const level = LOG_LEVELS.find((known) => known === text);
  if (!level) throw new ConfigError(`The log level must be one of ${LOG_LEVELS.join(', ')}.`);
  return level;
}

/** @returns null when the output decides: a terminal or a file. @throws ConfigError */
export function readLogFormat(text: string | undefined): LogFormat | null {
  if (text === undefined || text === '') return null;
  const format = LOG_FORMATS.find((known) => known === text);
  if (!format) throw new ConfigError(`TIELINE_LOG_FORMAT must be ${LOG_FORMATS.join(' or ')}.`);
  return format;
}
