import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { makeFolder } from './make-folder.ts';

suite('a folder', () => {
  const place = mkdtempSync(join(tmpdir(), 'tieline-folder-'));
  test('is made with its parents, and may exist already', () => {
    const path = join(place, 'one', 'two', 'three');
    for (let time = 0; time < 2; time += 1) makeFolder(path, 0o700);
    assert.equal(statSync(path).mode & 0o777, 0o700);
    assert.equal(statSync(join(place, 'one')).mode & 0o777, 0o700);
  });

  test('that cannot be made is refused with the system’s reason', () => {
    const file = join(place, 'file');
    writeFileSync(file, '');
    assert.throws(() => makeFolder(file), { code: 'EEXIST' });
    assert.throws(() => makeFolder(join(file, 'below')), { code: 'ENOTDIR' });
    // Node's own `recursive` never returns for this path.
    if (existsSync('/proc/self'))
      assert.throws(() => makeFolder('/proc/no/such'), { code: 'ENOENT' });
    rmSync(place, { recursive: true });
  });
});
