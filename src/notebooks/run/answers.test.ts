import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { findAnswer, isSecretQuestion, type Prepared, promptVariable } from './answers.ts';

suite('the variable that a prompt is assigned to', () => {
  test('is found in every form of assignment', () => {
    for (const source of [
      "sid = prompt('Which?')",
      "var other = 1, sid = window.prompt('Which?', 'x')",
      "let sid = (prompt('Which?') || '').trim()",
      "function ask() { sid = prompt('Which?') }",
      "if (!sid) { sid = await prompt('Which?') }",
      "a = prompt('Another?'); sid = prompt('Which?')",
      "sid = prompt('Whi' + 'ch?')",
      "sid = prompt('Which?'); sid = prompt('Which?')",
    ]) {
      assert.equal(promptVariable(source, 'Which?'), 'sid', source);
    }
  });

  test('is none when the cell leaves it open', () => {
    for (const source of [
      "prompt('Which?')",
      "a = prompt('Which?'); b = prompt('Which?')",
      "a = prompt('An' + 'x'); b = prompt('B' + 'y')",
      "a.b = prompt('Which?')",
      "a = prompt('Something else')",
      "// sid = prompt('Which?')",
      "sid = prompt('Which?'",
      '',
    ]) {
      assert.equal(promptVariable(source, 'Which?'), null, source);
    }
  });

  test('is found in cells of any size and depth', () => {
    const wide = "sid = prompt('Which?');\n".repeat(20_000);
    assert.equal(promptVariable(wide, 'Which?'), 'sid');
    const long = `sid = prompt('Which?'); list = [${'1,'.repeat(500_000)}]`;
    assert.equal(promptVariable(long, 'Which?'), 'sid');
    assert.equal(promptVariable('['.repeat(50_000), 'Which?'), null);
  });
});

suite('the answer to a prompt', () => {
  const answer = { pattern: /colour/i, value: 'red', given_by: 'x' };
  const prepared: Prepared = {
    answers: [answer, { ...answer, pattern: /account/i, value: 'AC2' }],
    params: new Map([['sid', 'AC3']]),
    account_sid: 'AC1',
  };

  test('is the first match: prepared, the variable, the account SID', () => {
    const asked = (message: string, given = prepared) =>
      findAnswer(message, `sid = prompt('${message}')`, given)?.value;
    assert.equal(asked('The Colour, and the account'), 'red');
    assert.equal(asked('Your account SID'), 'AC2');
    assert.equal(asked('Your account SID', { ...prepared, answers: [] }), 'AC3');
    const implied = { ...prepared, answers: [], params: new Map() };
    assert.equal(asked('Your account SID', implied), 'AC1');
    assert.equal(asked('What else'), 'AC3');
    assert.equal(findAnswer('What else', 'x = prompt("What else")', prepared), null);
  });

  test('may be empty', () => {
    const given = { ...prepared, answers: [{ ...answer, value: '' }] };
    assert.equal(findAnswer('colour', '', given)?.value, '');
  });

  test('is a secret if the question names one', () => {
    assert.ok(isSecretQuestion('Your Auth Token, please'));
    assert.ok(!isSecretQuestion('Your account SID'));
  });
});
