import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS } from '../../../src/db/migrations/all-migrations.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');
const FOLDER = 'src/db/migrations';
/** A file of a migration, and not the list of them. */
const FILE = /^(\d{4}[a-z]?-[a-z0-9-]+)\.ts$/;

const git = (...parameters: string[]) =>
  execFileSync('git', parameters, { cwd: CHECKOUT, encoding: 'utf8' }).trim();

/** An earlier commit, laid out in a folder, with the installed packages of this checkout. */
export interface EarlierVersion extends Disposable {
  readonly commit: string;
  readonly program: string;
  /** Whether it sells numbers from a stock that the operator imports. */
  readonly has_stock: boolean;
  /** The migrations that this version has and that one lacks. */
  readonly missing: readonly string[];
  /** Whether its processes may go on after these migrations. */
  readonly may_go_on: boolean;
}

/**
 * Lays out an earlier commit.
 * @param from a name of the commit; without it, the commit before the one that added the last migration
 * @throws Error when the history does not reach that far, as in a shallow clone
 */
export function earlierVersion(folder: string, from: string | undefined): EarlierVersion {
  const commit = git('rev-parse', '--short', from ?? `${lastMigration()}~1`);
  git('worktree', 'add', '--detach', '--quiet', folder, commit);
  symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  const there = migrationsIn(join(folder, FOLDER));
  const missing = migrationsIn(join(CHECKOUT, FOLDER)).filter((name) => !there.includes(name));
  return {
    commit,
    program: join(folder, 'bin', 'tieline.js'),
    has_stock: existsSync(join(folder, 'src/numbers/stock-number.ts')),
    missing,
    may_go_on: missing.every((name) => MIGRATIONS[name]?.beside),
    [Symbol.dispose]: () => void git('worktree', 'remove', '--force', folder),
  };
}

/** The commit that added the last migration. */
function lastMigration(): string {
  const file = migrationsIn(join(CHECKOUT, FOLDER)).at(-1);
  const added = git('log', '--diff-filter=A', '-1', '--format=%H', '--', `${FOLDER}/${file}.ts`);
  if (added === '' || git('rev-parse', '--is-shallow-repository') === 'true') {
    throw new Error(
      'The history of this checkout does not reach back to an earlier version: run "git fetch --unshallow", ' +
        'or commit the new migration.',
    );
  }
  return added;
}

function migrationsIn(folder: string): string[] {
  const names = readdirSync(folder).map((name) => FILE.exec(name)?.[1]);
  return names.filter((name) => name !== undefined).toSorted();
}
