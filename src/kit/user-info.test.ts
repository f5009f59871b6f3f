import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutPassword } from './user-info.ts';

test('a URL is shown without its password', () => {
  for (const [url, shown] of [
    ['https://a.example.com/x?y=1#rc=2', 'https://a.example.com/x?y=1#rc=2'],
    ['https://user:secret@a.example.com:8443/x', 'https://user@a.example.com:8443/x'],
    ['https://user@a.example.com:8443/x:y@z', 'https://user@a.example.com:8443/x:y@z'],
    ['https://:secret@a.example.com', 'https://@a.example.com'],
    ['https://us@er:sec:r@t@a.example.com/', 'https://us@er@a.example.com/'],
    ['https://a.example.com?x=b:c@d', 'https://a.example.com?x=b:c@d'],
  ] as const) {
    assert.equal(withoutPassword(url), shown);
  }
});
