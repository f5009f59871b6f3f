import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CATEGORIES } from '../usage/category.ts';
import { carriedType } from './media.ts';
import { categoryOf, obfuscated } from './message.ts';
import { keywordOf } from './opt-out.ts';

suite('a message', () => {
  test('is metered in an existing category', () => {
    for (const direction of ['inbound', 'outbound'] as const) {
      for (const is_mms of [false, true]) {
        for (const type of ['local', 'mobile', 'toll-free'] as const) {
          const category = categoryOf(direction, { is_mms, type });
          assert.ok(CATEGORIES.has(category), category);
        }
      }
    }
  });

  test('hides the last four digits of a number', () => {
    assert.equal(obfuscated('+14155550123'), '+1415555XXXX');
  });

  test('is an opt-out or an opt-in only when it is a single word', () => {
    assert.equal(keywordOf(' STOP\n'), 'stop');
    assert.equal(keywordOf('Unsubscribe'), 'stop');
    assert.equal(keywordOf('start'), 'start');
    assert.equal(keywordOf('Info'), 'help');
    assert.equal(keywordOf('please stop'), null);
    assert.equal(keywordOf('stop!'), null);
    assert.equal(keywordOf(''), null);
  });

  test('carries files of the supported types, by their declared type', () => {
    assert.equal(carriedType('image/PNG; charset=utf-8'), 'image/png');
    assert.equal(carriedType('audio/mpeg'), 'audio/mpeg');
    assert.equal(carriedType('text/html'), null);
    assert.equal(carriedType('application/octet-stream'), null);
    assert.equal(carriedType('image/png\r\nX: y'), null);
    assert.equal(carriedType(undefined), null);
  });
});
