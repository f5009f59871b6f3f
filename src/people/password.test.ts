import assert from 'node:assert/strict';
import { argon2Sync, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { HashingLane } from './hashing-lane.ts';
import { hashPassword, isOutdated, verifyPassword } from './password.ts';
import { demandGoodPassword } from './password-rule.ts';

suite('stored passwords', () => {
  test('are Argon2id hashes at 19 MiB with a salt each', async () => {
    const hash = await hashPassword({ randomBytes }, 'a good password');
    assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    assert.notEqual(await hashPassword({ randomBytes }, 'a good password'), hash);
    assert.equal(await verifyPassword(hash, 'a good password'), true);
    assert.equal(await verifyPassword(hash, 'a good Password'), false);
    assert.equal(await verifyPassword(hash, ''), false);
  });

  test('are the same however the keyboard composed their letters', async () => {
    const hash = await hashPassword({ randomBytes }, 'cafe\u0301 numéro 9');
    assert.equal(await verifyPassword(hash, 'café nume\u0301ro 9'), true);
  });

  test('that were hashed at another cost still open, and are known to be outdated', async () => {
    const salt = randomBytes(16);
    const tag = argon2Sync('argon2id', {
      message: 'an old one',
      nonce: salt,
      parallelism: 1,
      memory: 8_192,
      passes: 1,
      tagLength: 32,
    });
    const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
    const hash = `$argon2id$v=19$m=8192,t=1,p=1$${text(salt)}$${text(tag)}`;
    assert.equal(await verifyPassword(hash, 'an old one'), true);
    assert.equal(await verifyPassword(hash, 'another'), false);
    assert.equal(isOutdated(hash), true);
    assert.equal(isOutdated(await hashPassword({ randomBytes }, 'x')), false);
  });

  test('of nobody are never right, not even with what the stand-in was made of', async () => {
    for (const password of ['', '\0', 'password']) {
      assert.equal(await verifyPassword(undefined, password), false);
    }
    await assert.rejects(verifyPassword('plain text', 'plain text'), /not an Argon2id hash/);
  });
});

suite('the lane that hashes', () => {
  test('lets as many through as it is wide, and the rest in their order', async () => {
    const lane = new HashingLane(2, 10);
    const log: string[] = [];
    let running = 0;
    const work = async (name: string, fails = false) => {
      running += 1;
      assert.ok(running <= 2);
      log.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (fails) throw new Error(name);
    };
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const all = names.map((name) => lane.run(() => work(name, name === 'b')));
    const outcomes = await Promise.allSettled(all);
    assert.deepEqual(log, names);
    assert.deepEqual(
      outcomes.map(({ status }) => status === 'fulfilled'),
      [true, false, true, true, true, true],
    );
  });

  test('sends away at once what would wait too long', async () => {
    const lane = new HashingLane(1, 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = lane.run(() => promise);
    const second = lane.run(async () => 'second');
    await assert.rejects(
      lane.run(async () => 'third'),
      { status: 503, code: 20503 },
    );
    resolve();
    await first;
    assert.equal(await second, 'second');
    assert.equal(await lane.run(async () => 'fourth'), 'fourth');
  });
});

suite('a new password', () => {
  const ann = { email: 'ann.lee@widgets.example', name: 'Ann Lee' };

  test('is long enough, not endless, and not among the first that anybody would try', async () => {
    for (const good of [
      'correct horse',
      'tr0ub4dor&3x',
      '八文字以上のパスワード',
      'q7#'.repeat(85),
    ]) {
      await demandGoodPassword(good, ann);
    }
    const wrong: [string, RegExp][] = [
      ['', /at least 8 characters/],
      ['1234567', /at least 8/],
      ['👍'.repeat(7), /at least 8/],
      ['x'.repeat(257), /at most 256/],
      ['x'.repeat(5_000_000), /at most 256/],
      ['password', /several unrelated words/],
      ['12345678', /several unrelated words/],
      ['qwertyuiop', /several unrelated words/],
      ['aaaaaaaaaaaa', /several unrelated words/],
    ];
    for (const [password, message] of wrong) {
      await assert.rejects(demandGoodPassword(password, ann), message, password.slice(0, 20));
    }
  });

  test('is not the name or the address of whoever it is for', async () => {
    const bartholomew = { email: 'b@example.com', name: 'Bartholomew Fitzgerald' };
    for (const own of ['Bartholomew', 'fitzgerald', 'bartholomew fitzgerald']) {
      await demandGoodPassword(own, ann);
      await assert.rejects(demandGoodPassword(own, bartholomew), /several unrelated words/, own);
    }
    await assert.rejects(demandGoodPassword(ann.email, ann), /several unrelated words/);
    await assert.rejects(demandGoodPassword('password', ann, 'NewPassword'), {
      broken: {
        parameter: 'NewPassword',
        rule: 'is among the first that somebody would guess: take several unrelated words, or let a password manager make one',
      },
    });
  });
});
