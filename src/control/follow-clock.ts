import type { App } from '../app.ts';
import { ConfigError } from '../config.ts';
import { readClock } from '../db/clock-store.ts';

/**
 * Follows the clock when another process of the same database moves it. That happens only in
 * development, and only on PostgreSQL. It never throws: if the database cannot be read, the next
 * call tries again soon.
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
