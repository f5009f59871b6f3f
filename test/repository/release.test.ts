import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import {
  checkVersion,
  notesOf,
  releaseChangelog,
  setVersion,
} from '../../scripts/release-texts.ts';

suite('a release', () => {
  test('keeps the version of package.json or goes on from it', () => {
    for (const version of ['0.1.0', '0.1.1', '0.2.0', '1.0.0']) checkVersion(version, '0.1.0');
    for (const version of ['0.1.9', '1.0.0']) {
      assert.throws(() => checkVersion(version, '1.0.1'), /is older than 1\.0\.1/);
    }
    for (const version of ['', 'v1.0.0', '1.0', '1.0.0-rc1']) {
      assert.throws(() => checkVersion(version, '0.1.0'), /three numbers, as 1\.2\.3/);
    }
  });

  test('moves the changes below its heading, and later changes have a place again', () => {
    const before =
      '# Changelog\n\n## Unreleased\n\n- New $& thing.\n\n## 0.1.0, 2026-01-01\n\n- Old.\n';
    const after = releaseChangelog(before, '0.2.0', '2026-02-01');
    assert.equal(notesOf(after, 'Unreleased'), '');
    assert.equal(notesOf(after, '0.2.0'), '- New $& thing.');
    assert.equal(notesOf(after, '0.1.0'), '- Old.');
    assert.throws(() => releaseChangelog(after, '0.3.0', '2026-03-01'), /no changes under/);
    assert.throws(() => releaseChangelog(before, '0.1.0', '2026-03-01'), /already has 0\.1\.0/);
  });

  test('finds the version in each file that has it', () => {
    const versions = {
      'pytest-tieline/pyproject.toml': ['version = ', 'version = "7.8.9"'],
      'deploy/kubernetes/kustomization.yaml': ['    newTag: ', 'newTag: 7.8.9'],
    } as const;
    for (const [file, [words, line]] of Object.entries(versions)) {
      const changed = setVersion(readFileSync(file, 'utf8'), words, '7.8.9');
      assert.ok(
        changed.split('\n').some((one) => one.trim() === line),
        file,
      );
    }
    assert.throws(() => setVersion('none\n', 'version = ', '7.8.9'), /stands 0 times/);
  });
});
