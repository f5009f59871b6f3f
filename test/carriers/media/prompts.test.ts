import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import type { Prompt } from '../../../src/carriers/line-act.ts';
import { KeyPad } from '../../../src/carriers/media/key-pad.ts';
import { performOnLine } from '../../../src/carriers/media/perform.ts';
import { Prompts } from '../../../src/carriers/media/prompts.ts';
import { type Sound, SoundError, samplesOf, secondsOf } from '../../../src/carriers/media/sound.ts';
import { Speaker, voiceOf } from '../../../src/carriers/media/speech.ts';
import { tone } from '../../../src/carriers/media/tones.ts';
import { loudness, shareOf } from './loudest.ts';
import { sine, wavFile } from './wav-file.ts';

const hasEspeak = spawnSync('espeak-ng', ['--version']).status === 0;
const NEEDS_ESPEAK = { skip: hasEspeak ? false : 'espeak-ng is not installed' };
const ALWAYS = new AbortController().signal;
const TEXT = { text: 'Good evening, this is Tieline.', voice: null, language: null };

/** A line that hears everything at once, and closes during the sound of this index. */
function lineOf(closes_at = Number.POSITIVE_INFINITY) {
  const sounds: Sound[] = [];
  const play = async (sound: Sound) => {
    const is_whole = sounds.length !== closes_at;
    sounds.push(sound);
    return { seconds: is_whole ? secondsOf(sound.length * sound.loops) : 0, is_whole };
  };
  return { sounds, play };
}

const speaker = new Speaker('/nowhere/espeak-ng');
const source = new Prompts({
  speaker,
  fetchFile: async (url: string) => {
    if (url.endsWith('gone.wav')) throw new SoundError('The file was answered with 404.');
    const shape = { rate: 16_000, bits: 16 };
    return { bytes: wavFile({ ...shape, data: sine(700, shape, 2) }), etag: null };
  },
});
const keys = new KeyPad();
const prompt = (is: Record<string, unknown>, loops = 1) =>
  ({ child: null, loops, ...is }) as Prompt;
const say = prompt({ is: 'say', ...TEXT });

suite('the prompts of a call', () => {
  test('are heard one after the other, and silence follows those of a Gather', async () => {
    const line = lineOf();
    const prompts = [
      say,
      prompt({ is: 'play', url: 'http://app.test/a.wav' }, 3),
      prompt({ is: 'pause', seconds: 4 }),
      prompt({ is: 'digits', digits: '1w2' }),
    ];
    const gather = { kind: 'gather', prompts, timeout: 7 } as never;
    const outcome = await performOnLine(gather, { line, keys, source, signal: ALWAYS });
    assert.deepEqual(outcome, { prompts: [2, 6, 4, 1], seconds: 7 });
    const [spoken, played, paused, pressed, after] = line.sounds;
    assert.ok(spoken?.samples && shareOf(spoken.samples, 350) > 0.9, 'without a program, a tone');
    assert.ok(played?.samples && shareOf(played.samples, 700) > 0.9);
    assert.deepEqual([played?.loops, paused?.samples, after?.samples], [3, null, null]);
    assert.equal(pressed?.length, samplesOf(0.9));
  });

  test('that cannot be had take no time, and the outcome says why', async () => {
    const act = { kind: 'speak', prompt: prompt({ is: 'play', url: 'http://app.test/gone.wav' }) };
    const on = { line: lineOf(), keys, source, signal: ALWAYS };
    assert.deepEqual(await performOnLine(act as never, on), {
      prompts: [0],
      seconds: 0,
      note: 'is not heard. The file was answered with 404.',
    });
  });

  test('end when the far side hangs up', async () => {
    const act = { kind: 'gather', prompts: [say, say, say], timeout: 5 } as never;
    const line = lineOf(1);
    const outcome = await performOnLine(act, { line, keys, source, signal: ALWAYS });
    assert.deepEqual(outcome, { prompts: [2, 0], seconds: 0, is_hung_up: true });
    assert.equal(line.sounds.length, 2);
    const late = lineOf(3);
    const hung = await performOnLine(act, { line: late, keys, source, signal: ALWAYS });
    assert.deepEqual(hung, { prompts: [2, 2, 2], seconds: 0, is_hung_up: true });
  });
});

suite('a spoken text', () => {
  test('is speech where espeak-ng is installed', NEEDS_ESPEAK, async () => {
    const { sound, note } = await new Speaker().speak(TEXT, ALWAYS);
    assert.equal(note, null);
    assert.ok(sound.samples);
    assert.ok(secondsOf(sound.length) > 1 && secondsOf(sound.length) < 5);
    assert.ok(loudness(sound.samples) > 500, 'it is loud enough');
    assert.ok(shareOf(sound.samples, 350) < 0.2, 'it is no tone');
  });

  test('never becomes part of a command', NEEDS_ESPEAK, async () => {
    const text = '--version; "$(touch /tmp/never)" `id` -f /etc/passwd \0 <x>';
    const { sound } = await new Speaker().speak({ ...TEXT, text }, ALWAYS);
    assert.ok(secondsOf(sound.length) > 2);
  });

  test('is cut where it is too long, and says so', async () => {
    const text = 'word '.repeat(10_000);
    const { sound, note } = await speaker.speak({ ...TEXT, text }, ALWAYS);
    assert.equal(secondsOf(sound.length), Math.ceil(4_096 / 15));
    assert.equal(note, 'speaks only the first 4096 characters.');
  });

  test('waits for its turn when many are spoken at once', NEEDS_ESPEAK, async () => {
    const speaker = new Speaker();
    const many = Array.from({ length: 12 }, () => speaker.speak({ ...TEXT, text: 'Yes.' }, ALWAYS));
    for (const { sound } of await Promise.all(many)) assert.ok(sound.length > 1_000);
  });

  test('whose call ends is given up', NEEDS_ESPEAK, async () => {
    const speaker = new Speaker();
    await assert.rejects(speaker.speak(TEXT, AbortSignal.abort()), SoundError);
    assert.ok((await speaker.speak(TEXT, ALWAYS)).sound.length > 0, 'and its place is free again');
  });

  test('is a tone where the program knows no voices', async () => {
    const { sound } = await new Speaker('false').speak(TEXT, ALWAYS);
    assert.ok(sound.samples && shareOf(sound.samples, 350) > 0.9);
  });

  test('gets the voice of its language', () => {
    const known = new Set(['en-us', 'en-gb', 'de', 'pt-br', 'cmn', 'es-419', 'nb']);
    const cases: readonly (readonly [string | null, string | null, string])[] = [
      [null, null, 'en-us'],
      ['woman', 'en-GB', 'en-gb+f3'],
      ['man', 'de-DE', 'de'],
      ['alice', 'pt-BR', 'pt-br+f3'],
      ['Polly.Vicki', 'zh-CN', 'cmn'],
      ['Google.de-DE-Standard-A', null, 'de'],
      [null, 'es-MX', 'es-419'],
      [null, 'no-NO', 'nb'],
      [null, 'xx-XX; rm', 'en-us'],
      [null, '../../etc', 'en-us'],
    ];
    for (const [voice, language, expected] of cases) {
      assert.equal(voiceOf({ voice, language }, known), expected);
    }
  });

  test('takes the time of its length without a program', async () => {
    const { sound } = await speaker.speak(TEXT, ALWAYS);
    assert.equal(sound.length, tone([350], 2).length);
  });
});

test('A telephone that sends each key in two ways presses it once', () => {
  const pressed: string[] = [];
  const pad = new KeyPad();
  const hush = pad.listen((key) => pressed.push(key));
  for (const key of '112') {
    pad.press(key, 'info');
    pad.press(key, 'events');
  }
  assert.deepEqual(pressed, ['1', '1', '2']);
  // Another telephone is on the line.
  pad.forgetWay();
  pad.press('3', 'events');
  hush();
  pad.press('4', 'events');
  assert.deepEqual(pressed.slice(3), ['3']);
});
