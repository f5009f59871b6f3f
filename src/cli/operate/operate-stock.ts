import { readFileSync } from 'node:fs';
import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import { OPERATOR } from '../../audit/audit-event.ts';
import { readCarriers } from '../../carriers/read-carriers.ts';
import { ConfigError } from '../../config.ts';
import { ApiError } from '../../kit/api-error.ts';
import { type ImportReport, importStock } from '../../numbers/import-stock.ts';
import { readStockFile } from '../../numbers/read-stock.ts';
import { IMPORT_BYTES } from '../../numbers/stock-number.ts';

/**
 * Puts the numbers of a CSV file into the stock.
 * @throws ConfigError for a file that cannot be read
 */
export async function importNumbers(
  app: App,
  file: string,
  { dryRun: dry_run = false }: { readonly dryRun?: boolean },
): Promise<ImportReport> {
  const carriers = new Set(readCarriers(app.config).carriers.keys());
  try {
    const numbers = await readStockFile(textOf(file));
    return await act(app, OPERATOR, (doing) => importStock(doing, { numbers, carriers, dry_run }));
  } catch (error) {
    if (error instanceof ApiError) throw new ConfigError(error.message);
    throw error;
  }
}

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length <= IMPORT_BYTES) return bytes.toString('utf8');
  } catch (error) {
    throw new ConfigError(`${file} cannot be read (${(error as { code?: string }).code}).`);
  }
  throw new ConfigError(`${file} is larger than ${IMPORT_BYTES / 1024 / 1024} MiB.`);
}

/** The report of an import, for people. */
export function wordsOf({ dry_run, added, changed, unchanged, refused }: ImportReport): string {
  const counts = `${added} added, ${changed} changed, ${unchanged} unchanged, ${refused.length} refused`;
  const lines = refused.map(
    ({ place, field, value, rule }) => `${place}: ${field} "${value}" ${rule}.`,
  );
  return [
    ...lines,
    `${counts}.${dry_run ? ' Nothing is written, because this is a dry run.' : ''}`,
  ].join('\n');
}
