import type { App } from '../app.ts';
import { ConfigError } from '../config.ts';
import { readClock } from '../db/clock-store.ts';

/**
 * Hears of a clock that another process of the same database moved. Only in development can it be
 * moved, and only PostgreSQL has several processes. It never throws: a database that cannot be
 * read is asked again shortly, and whoever needs it now finds out by itself.
 */
export async function followClock({ clock, config, database, keepTime }: App): Promise<void> {
  await keepTime().catch(() => undefined);
  if (config.mode !== 'development' || database.engine !== 'postgres') return;
  const setting = await readClock(database.db).catch(() => null);
  if (setting) clock.follow(setting);
}

/** @throws ConfigError in production when the database's clock was moved. */
export function refuseMovedClock({ clock }: App): void {
  if (!clock.isMoved) return;
  throw new ConfigError(
    'The clock of this database was moved in development mode: ' +
      'production needs a database of its own (--data).',
  );
}
