import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { ENGINES } from '../../support/test-app.ts';
import { hasNamespaces } from '../namespace.ts';
import { hasStandbyParts } from './standby-parts.ts';

/** `npm run failover` also starts the old primary again, and kills the new one. */
const PROGRAM = join(import.meta.dirname, 'failover.ts');

suite('an installation whose PostgreSQL has a synchronous standby', () => {
  if (!ENGINES.includes('postgres') || !hasNamespaces() || !hasStandbyParts()) return;

  test('loses nothing that was answered when the machine of the primary dies', async () => {
    const child = spawn(process.execPath, [PROGRAM, '--switches', '1', '--short']);
    const [said, complained, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    assert.equal(status, 0, said + complained);
    assert.match(said, /\nEvery promise was kept/);
  });
});
