import { resolve } from 'node:path';
import type { App } from '../app.ts';
import { type Config, ConfigError, type Options, readConfig } from '../config.ts';
import type { Database } from '../db/database.ts';

export interface DataOptions {
  readonly data?: string;
}

/** The settings of a command that works on stored data. */
export function lastingConfig(options: DataOptions): Config {
  const settings: Options = { ...options, logLevel: process.env['TIELINE_LOG_LEVEL'] ?? 'error' };
  const config = readConfig(settings, process.env);
  if (config.data.engine === 'memory') {
    throw new ConfigError('Data in memory is gone with its server; name a folder or postgres://….');
  }
  return config;
}

/**
 * Opens the data for one command and closes it afterwards. A command that only reads works beside a
 * running server. A command that writes needs an SQLite folder for itself. Only `migrate` makes
 * missing data, so that a forgotten setting is noticed.
 */
export async function withApp<T>(
  options: DataOptions,
  use: 'read' | 'change' | 'make',
  work: (app: App) => Promise<T>,
): Promise<T> {
  const config = lastingConfig(options);
  const { openApp } = await import('../app.ts');
  const app = await openApp(config, { readonly: use === 'read', make: use === 'make' });
  console.error(`Data: ${nameOf(config.data)}`);
  const { isOutage } = await import('../db/db-error.ts');
  try {
    return await work({ ...app, config: { ...config, mode: await modeOf(app) } });
  } catch (error) {
    if (!isOutage(error)) throw error;
    const { message } = error as Error;
    throw new ConfigError(`The data at ${nameOf(config.data)} cannot be reached (${message}).`);
  } finally {
    await app.close();
  }
}

/** Opens the data for one command that reads it and needs no key. */
export async function withData(
  options: DataOptions,
  work: (database: Database) => Promise<void>,
): Promise<void> {
  const { data, logLevel } = lastingConfig(options);
  const { openDatabase } = await import('../db/open-database.ts');
  const { openLog } = await import('../kit/log.ts');
  const database = await openDatabase(data, openLog(logLevel), { readonly: true, make: false });
  console.error(`Data: ${nameOf(data)}`);
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

/**
 * The mode, found in the data, because a command has no setting for it. Data that began with the
 * example accounts is in development mode, where new accounts start with money to spend.
 */
async function modeOf(app: App): Promise<Config['mode']> {
  const { readFirstWorld } = await import('../control/first-world.ts');
  return (await readFirstWorld(app.database.db)) === null ? 'production' : 'development';
}

/** The place of the data for people, without the user and password of a URL. */
function nameOf(data: Config['data']): string {
  if (data.engine === 'sqlite') return resolve(data.folder);
  if (data.engine === 'memory') return 'memory';
  const { host, pathname } = new URL(data.url);
  return `postgres://${host}${pathname}`;
}

/** Prints rows in columns under their names, or as JSON. */
export function printRows(
  rows: readonly Record<string, string | null>[],
  { json = false }: { readonly json?: boolean | undefined } = {},
): void {
  if (json) {
    console.log(JSON.stringify(rows, null, 2));
    return;
  }
  const [first] = rows;
  if (!first) {
    console.log('none');
    return;
  }
  const names = Object.keys(first);
  const lines = [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))];
  const widths = names.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  for (const line of lines) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}
