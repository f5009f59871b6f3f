import { spawn } from 'node:child_process';
import { type Sound, SoundError, soundOf } from './sound.ts';
import { tone } from './tones.ts';
import { readWav, WAV_MAX_BYTES } from './wav.ts';

/** The longest text that is spoken at once. */
const MAX_CHARACTERS = 4_096;
/** The programs that speak at once, and the texts that wait for one. */
const MAX_SPEAKING = 2;
const MAX_WAITING = 100;
/** A program that takes longer is ended. */
const LIMIT_MS = 10_000;
/** The folders of the program. It gets nothing else of this server's environment. */
const PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';
/** The speed of speech without a program, in characters a second, and the tone in its place. */
const SPEED = 15;
const TONE_HZ = 350;

/** Languages that the program knows by another name. */
const NAMES: Readonly<Record<string, string>> = {
  arb: 'ar',
  'es-mx': 'es-419',
  'no-no': 'nb',
  zh: 'cmn',
  'zh-cn': 'cmn',
  'zh-hk': 'yue',
  'zh-tw': 'cmn',
};
const USUAL = 'en-us';

/** A text to speak, as a document has it. */
export interface Spoken {
  readonly text: string;
  readonly voice: string | null;
  readonly language: string | null;
}

/** A text as a sound. */
export interface Speech {
  readonly sound: Sound;
  /** A remark for the timeline; null: there is nothing to say. */
  readonly note: string | null;
}

/** Speaks texts by espeak-ng, if this machine has it. The text never becomes part of a command. */
export class Speaker {
  readonly #program: string;
  /** Null while the program is not known to be there: it may be installed meanwhile. */
  #languages: ReadonlySet<string> | null = null;
  #speaking = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(program = 'espeak-ng') {
    this.#program = program;
  }

  /** @throws SoundError when the program fails, or too many texts wait */
  async speak(spoken: Spoken, signal: AbortSignal): Promise<Speech> {
    const text = spoken.text.slice(0, MAX_CHARACTERS);
    const cut = `speaks only the first ${MAX_CHARACTERS} characters.`;
    const note = text.length < spoken.text.length ? cut : null;
    const known = this.#languages ?? (await this.#ask());
    this.#languages = known;
    if (!known) return { sound: inPlaceOf(text), note };
    const voice = voiceOf(spoken, known);
    const release = await this.#turn();
    try {
      const file = await run(this.#program, ['--stdin', '--stdout', '-v', voice], text, signal);
      return { sound: soundOf(await readWav(file)), note };
    } finally {
      release();
    }
  }

  /** The languages of the program; null without the program. */
  async #ask(): Promise<ReadonlySet<string> | null> {
    try {
      const list = await run(this.#program, ['--voices'], '', new AbortController().signal);
      const [, ...rows] = list.toString('utf8').split('\n');
      return new Set(rows.flatMap((row) => row.trim().split(/\s+/, 2)[1] ?? []));
    } catch (error) {
      if (error instanceof SoundError) return null;
      throw error;
    }
  }

  async #turn(): Promise<() => void> {
    if (this.#speaking >= MAX_SPEAKING) {
      if (this.#waiting.length >= MAX_WAITING) throw new SoundError('Too many texts are spoken.');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#speaking += 1;
    return () => {
      this.#speaking -= 1;
      this.#waiting.shift()?.();
    };
  }
}

/** A voice of the program. It is one of the names that the program gave. */
export function voiceOf(
  { voice, language }: Omit<Spoken, 'text'>,
  known: ReadonlySet<string>,
): string {
  // The voices of Google carry their language.
  const wanted = language ?? /^Google\.([a-z]{2,3}-[A-Z]{2})/.exec(voice ?? '')?.[1] ?? USUAL;
  const name = wanted.toLowerCase();
  const [base = ''] = name.split('-', 1);
  const found = [NAMES[name], name, NAMES[base], base].find((one) => one && known.has(one));
  const isWoman = voice === 'woman' || voice === 'alice';
  return `${found ?? USUAL}${isWoman ? '+f3' : ''}`;
}

/** A tone that is as long as the text would be. */
function inPlaceOf(text: string): Sound {
  return soundOf(tone([TONE_HZ], Math.ceil(text.length / SPEED)));
}

/**
 * Runs a program with a text as its input, without a shell.
 * @returns its output
 * @throws SoundError
 */
function run(
  program: string,
  options: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const child = spawn(program, options, {
    env: { PATH },
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    signal,
  });
  const parts: Buffer[] = [];
  let length = 0;
  child.stdout.on('data', (part: Buffer) => {
    length += part.length;
    if (length > WAV_MAX_BYTES) child.kill('SIGKILL');
    else parts.push(part);
  });
  child.on('error', (error) =>
    reject(new SoundError(`The text was not spoken: ${error.message}.`)),
  );
  child.on('close', (code) => {
    if (code === 0 && length <= WAV_MAX_BYTES) resolve(Buffer.concat(parts));
    else reject(new SoundError('The text was not spoken: the program for speech failed.'));
  });
  // A program that ends early takes no more input, and its end says the rest.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return promise;
}
