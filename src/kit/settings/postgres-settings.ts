import { ConfigError } from '../config-error.ts';

/** How a process uses PostgreSQL. */
export interface PostgresSettings {
  readonly prepare?: Prepare;
  /** The transactions that may write at the same time. */
  readonly writers?: number;
}

/** Whether statements are prepared by name: `auto` finds out whether a pooler keeps the names. */
export type Prepare = 'auto' | 'on' | 'off';

type Env = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError that names the variable and its allowed values */
export function readPostgresSettings(env: Env): PostgresSettings {
  const prepare = readPrepare(env['TIELINE_DATABASE_PREPARE']);
  const writers = readWriters(env['TIELINE_DATABASE_WRITERS']);
  return { ...(prepare && { prepare }), ...(writers && { writers }) };
}

function readWriters(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  if (/^[1-8]$/.test(text)) return Number(text);
  throw new ConfigError(`TIELINE_DATABASE_WRITERS must be a number from 1 to 8, not "${text}".`);
}

function readPrepare(text: string | undefined): Prepare | null {
  if (text === undefined || text === '') return null;
  if (text === 'auto' || text === 'on' || text === 'off') return text;
  throw new ConfigError(`TIELINE_DATABASE_PREPARE must be auto, on or off, not "${text}".`);
}
