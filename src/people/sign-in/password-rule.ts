import { badParameter } from '../../kit/api-error.ts';

const PASSWORD_MIN_LENGTH = 8;
export const PASSWORD_MAX_LENGTH = 256;
/** From this length on, a password needs only a low score. */
const LONG_LENGTH = 15;
/** The least score of a shorter password, of 4: a hundred million guesses. */
const SHORT_SCORE = 3;
/** The least score of a long password. It excludes rows of the keyboard and of the alphabet. */
const LONG_SCORE = 2;
/** The number of scored characters: scoring more takes seconds. */
const SCORED_LENGTH = 72;
/** Names of the product. An attacker tries them first. */
const OF_THE_PRODUCT = ['tieline', 'twilio', 'twilio connect'];

/** The hint about the rule beside the field. */
export const PASSWORD_HINT = `At least ${PASSWORD_MIN_LENGTH} characters that are hard to guess: ${LONG_LENGTH} or more, such as several unrelated words, or what a password manager makes.`;

/**
 * The rule for new passwords: they must be hard to guess. A password of up to fourteen characters
 * is scored, and the person's name and address and the product's names count as known words. A
 * password of fifteen or more is accepted unless it is on a list, is one of those words, or is a
 * repetition. Digits and signs are not required.
 * @throws ApiError 400 that says what to do instead
 */
export async function demandGoodPassword(
  password: string,
  person: { readonly email: string; readonly name: string },
  parameter = 'Password',
): Promise<void> {
  const length = password.length > 2 * PASSWORD_MAX_LENGTH ? Infinity : [...password].length;
  if (length > PASSWORD_MAX_LENGTH) {
    throw badParameter(parameter, `must be at most ${PASSWORD_MAX_LENGTH} characters`);
  }
  if (length < PASSWORD_MIN_LENGTH) {
    throw badParameter(parameter, `must be at least ${PASSWORD_MIN_LENGTH} characters`);
  }
  const { scorer, listed } = await (judgeLoading ??= loadJudge());
  const own = wordsOf(person);
  const inputs = own.map((word) => word.slice(0, SCORED_LENGTH));
  const { score } = scorer.check(password.slice(0, SCORED_LENGTH), inputs);
  const isKnown = [plain(password), bare(password)].some(
    (text) => listed.has(text) || own.includes(text),
  );
  const enough = length < LONG_LENGTH ? SHORT_SCORE : LONG_SCORE;
  if (score < enough || isKnown || isRepetition(plain(password))) {
    throw badParameter(
      parameter,
      'is easy to guess: take several unrelated words, or let a password manager make one',
    );
  }
}

/** Words that an attacker who knows the person and the product would try first. */
function wordsOf({ email, name }: { readonly email: string; readonly name: string }): string[] {
  const words = [email, ...email.split(/[@.+_-]/), name, ...name.split(/\s+/), ...OF_THE_PRODUCT];
  return words.map(plain).filter((word) => word !== '');
}

const plain = (text: string): string => text.normalize('NFC').toLowerCase();

/** A password without the digits and signs around it, because attackers add those first. */
function bare(password: string): string {
  return plain(password).replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
}

/** Whether a text repeats one part, the last time perhaps cut short. */
function isRepetition(text: string): boolean {
  for (let part = 1; part <= text.length / 2; part += 1) {
    if (text.slice(part) === text.slice(0, -part)) return true;
  }
  return false;
}

type Judge = Awaited<ReturnType<typeof loadJudge>>;
let judgeLoading: Promise<Judge> | null = null;

/** Loads the word lists at their first use: they are large, and most processes never need them. */
async function loadJudge() {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const scorer = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  return { scorer, listed: new Set<string>(dictionary['passwords-common'].map(String)) };
}
