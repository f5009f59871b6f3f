import assert from 'node:assert/strict';
import { argon2Sync, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { CUSTOMER_EMAIL, DEVELOPER_EMAIL, worldNames } from '../../control/world-names.ts';
import { KeyRing } from '../../kit/seal.ts';
import { HashingLane } from './hashing-lane.ts';
import { hashPassword, isOutdated, laneOf, verifyPassword } from './password.ts';
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

  test('are the same for every way in which a keyboard composes letters', async () => {
    const hash = await hashPassword({ randomBytes }, 'cafe\u0301 numéro 9');
    assert.equal(await verifyPassword(hash, 'café nume\u0301ro 9'), true);
  });

  test('that were hashed at another cost are still verified, and count as outdated', async () => {
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

  test('of an unknown person are never right, not even the stand-in’s own password', async () => {
    for (const password of ['', '\0', 'password']) {
      assert.equal(await verifyPassword(undefined, password), false);
    }
    await assert.rejects(verifyPassword('plain text', 'plain text'), /not an Argon2id hash/);
  });
});

suite('the hashing lane', () => {
  test('runs as many hashes as it is wide, and then the others in order', async () => {
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
    const all = names.map((name) => lane.run('', () => work(name, name === 'b')));
    const outcomes = await Promise.allSettled(all);
    assert.deepEqual(log, names);
    assert.deepEqual(
      outcomes.map(({ status }) => status === 'fulfilled'),
      [true, false, true, true, true, true],
    );
  });

  test('refuses a hash immediately when it would wait too long', async () => {
    const lane = new HashingLane(1, 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = lane.run('a', () => promise);
    const second = lane.run('a', async () => 'second');
    await assert.rejects(
      lane.run('a', async () => 'third'),
      { status: 503, code: 20503 },
    );
    resolve();
    await first;
    assert.equal(await second, 'second');
    assert.equal(await lane.run('a', async () => 'fourth'), 'fourth');
  });
});

suite('the hashing lane, while one network floods it', () => {
  test('gives others their turn, and refuses requests of the flood', async () => {
    const lane = new HashingLane(1, 8);
    const { promise, resolve } = Promise.withResolvers<void>();
    const order: string[] = [];
    const work = (name: string) => async () => void order.push(name);
    const held = lane.run('flood', () => promise);
    const flood = Array.from({ length: 50 }, (_, n) => lane.run('flood', work(`flood ${n}`)));
    const settled = Promise.allSettled(flood);
    const others = ['home', 'office'].map((network) => lane.run(network, work(network)));
    resolve();
    await Promise.all([held, ...others]);
    assert.ok(order.indexOf('office') <= 2, order.join(', '));
    const refused = (await settled).filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 50 - 8 + 2, 'two of those that waited made room');
    assert.equal(order.length, 8);
  });

  test('takes turns by /48 and /24, and gives a known browser a turn of its own', () => {
    assert.equal(laneOf('2001:db8:7:1::1', null), laneOf('2001:db8:7:ffff::2', null));
    assert.notEqual(laneOf('2001:db8:7:1::1', null), laneOf('2001:db8:8:1::1', null));
    assert.equal(laneOf('198.51.100.1', { kind: 'network' }), laneOf('198.51.100.200', null));
    assert.equal(laneOf('10.0.0.1', null), laneOf('127.0.0.1', null));
    const known = { kind: 'browser', id: 'x' } as const;
    assert.notEqual(laneOf('198.51.100.1', known), laneOf('198.51.100.1', null));
  });
});

suite('a new password', () => {
  const ann = { email: 'ann.lee@widgets.example', name: 'Ann Lee' };
  const guessed = (password: string, person = ann) =>
    assert.rejects(demandGoodPassword(password, person), /several unrelated words/, password);

  test('is between the shortest and the longest allowed length', async () => {
    const wrong: [string, RegExp][] = [
      ['', /at least 8 characters/],
      ['1234567', /at least 8/],
      ['👍'.repeat(7), /at least 8/],
      ['x'.repeat(257), /at most 256/],
      ['x'.repeat(5_000_000), /at most 256/],
    ];
    for (const [password, message] of wrong) {
      await assert.rejects(demandGoodPassword(password, ann), message, password.slice(0, 20));
    }
    await demandGoodPassword(randomBytes(128).toString('hex'), ann);
  });

  test('of up to fourteen characters must be hard to guess', async () => {
    for (const good of ['correct horse', 'tr0ub4dor&3x', '八文字以上のパスワード', 'xk7#qpl2z']) {
      await demandGoodPassword(good, ann);
    }
    for (const weak of [
      'password',
      '12345678',
      'qwertyuiop',
      'aaaaaaaaaaaa',
      'welcome1',
      'password1234',
      '123456789012',
      'P@ssw0rd123',
      'Summer2026!',
      'correcthorse',
    ]) {
      await guessed(weak);
    }
  });

  test('of fifteen characters and more must not be a listed one, a keyboard walk or a repetition', async () => {
    for (const good of [
      'my dog is brown',
      'thequickbrownfox',
      'several purple kettles',
      'пятнадцать букв тут',
      'passwords are no good here',
    ]) {
      await demandGoodPassword(good, ann);
    }
    for (const weak of [
      '123456789012345',
      'abcdefghijklmnopqrs',
      'qwertyuiopasdfgh',
      'passwordpassword',
      'q7#q7#q7#q7#q7#',
      'my dog is brown my dog is brown ',
      'x'.repeat(256),
      'q7#'.repeat(85),
      'MailCreated5240',
      'zqjphsyf6ctifgu',
      '1qaz2wsx3edc4rfv',
    ]) {
      await guessed(weak);
    }
  });

  test('is not a word of the person or of the product, with or without digits around it', async () => {
    const bartholomew = { email: 'bartholomew@fitzgerald-and-sons.example', name: 'B. Fitzgerald' };
    for (const own of [
      'Bartholomew',
      'fitzgerald',
      'B. Fitzgerald',
      'Bartholomew1',
      '12Fitzgerald!',
      bartholomew.email,
      `${bartholomew.email}1`,
      `7${bartholomew.email.toUpperCase()}!!`,
    ]) {
      await guessed(own, bartholomew);
    }
    await demandGoodPassword('Bartholomew', ann);
    await guessed(`${ann.email}1`);
    for (const product of ['tieline1', 'Tieline2026!', 'twilio12345', '!Twilio Connect 123']) {
      await guessed(product);
    }
    await assert.rejects(demandGoodPassword('password', ann, 'NewPassword'), {
      broken: {
        parameter: 'NewPassword',
        rule: 'is easy to guess: take several unrelated words, or let a password manager make one',
      },
    });
  });

  test('that a development start prints passes the rule', async () => {
    for (let world = 0; world < 50; world += 1) {
      const ring = new KeyRing([{ id: 'k', bytes: randomBytes(32) }], randomBytes);
      for (const email of [DEVELOPER_EMAIL, CUSTOMER_EMAIL]) {
        await demandGoodPassword(worldNames(ring).password, { email, name: 'Dana Developer' });
      }
    }
  });
});
