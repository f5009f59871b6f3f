import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { normalEmail, readEmail, readName } from './person.ts';

suite('e-mail addresses', () => {
  test('are found in any spelling', () => {
    assert.equal(readEmail('  Ann.One+x@Example.COM '), 'ann.one+x@example.com');
    assert.equal(readEmail('josé@example.com'), readEmail('JOSE\u0301@example.com'));
    assert.equal(normalEmail(' Not an address '), 'not an address');
  });

  test('have one @ with text on either side, and no invisible characters', () => {
    const wrong = [
      '',
      'ann',
      '@example.com',
      'ann@',
      'a@b@c',
      'an n@example.com',
      'ann@example.com\nBcc: x@example.com',
      'ann\u0000@example.com',
      'ann\u202E@example.com',
      'ann\u200B@example.com',
      `${'a'.repeat(65)}@example.com`,
    ];
    for (const text of wrong) {
      assert.throws(() => readEmail(text), /Email must be an address/, JSON.stringify(text));
    }
  });

  test('are at most 254 characters long, and endless ones are refused quickly', () => {
    const host = `${'b'.repeat(250)}.c`;
    assert.equal(readEmail(`a@${host}`).length, 254);
    assert.throws(() => readEmail(`aa@${host}`), /at most 254/);
    assert.throws(() => readEmail('a@'.repeat(1_000_000)), /at most 254/);
  });
});

suite('names', () => {
  test('have 1 to 64 characters of any script', () => {
    assert.equal(readName(' Ann  One '), 'Ann  One');
    for (const name of ['李', 'Zoë O’Neill-Smith', 'علی\u200Cرضا', '👩‍👩‍👧', 'x'.repeat(64)]) {
      assert.equal(readName(name), name);
    }
    assert.equal([...readName('𝒜'.repeat(64))].length, 64);
  });

  test('hold no invisible characters and none that turn the text around', () => {
    for (const text of ['', '   ']) assert.throws(() => readName(text), /must not be empty/);
    for (const text of ['a\nb', 'a\u0007b', 'a\u202Eb', 'a\u2066b', 'a\u200Bb', 'a\uD800b']) {
      assert.throws(() => readName(text), /must not hold/, JSON.stringify(text));
    }
    for (const text of ['x'.repeat(65), 'x'.repeat(1_000_000)]) {
      assert.throws(() => readName(text), /at most 64/);
    }
  });
});
