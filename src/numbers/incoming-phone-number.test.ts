import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grantOfUrl, urlGrantsAfter, withoutGrant } from './incoming-phone-number.ts';

const URL = 'https://example.com';

test('a URL belongs to the grant that set it last, and to no grant after it is cleared', () => {
  let number = urlGrantsAfter({ url_grants: '{}' }, { sms_url: URL, voice_url: URL }, 'GR1');
  number = urlGrantsAfter(number, { voice_url: URL, status_callback: URL }, 'GR2');
  const of = (name: 'sms_url' | 'voice_url' | 'status_callback') => grantOfUrl(number, name);
  assert.deepEqual([of('sms_url'), of('voice_url'), of('status_callback')], ['GR1', 'GR2', 'GR2']);
  number = urlGrantsAfter(number, { sms_url: URL, status_callback: null }, null);
  assert.deepEqual([of('sms_url'), of('voice_url'), of('status_callback')], [null, 'GR2', null]);
  assert.deepEqual(JSON.parse(number.url_grants), { voice_url: 'GR2' });
  assert.deepEqual(withoutGrant(number, 'GR1'), number);
  assert.deepEqual(withoutGrant(number, 'GR2'), { voice_url: null, url_grants: '{}' });
});
