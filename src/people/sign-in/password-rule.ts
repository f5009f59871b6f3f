import { badParameter } from '../../kit/api-error.ts';

const PASSWORD_MIN_LENGTH = 8;
export const PASSWORD_MAX_LENGTH = 256;
/** From so many characters on a password is as good as it is long. */
const LONG_LENGTH = 15;
/** What a shorter one has to reach of 4: a hundred million guesses. */
const SHORT_SCORE = 3;
/** What a long one has to reach, so that it is no walk along the keyboard or the alphabet. */
const LONG_SCORE = 2;
/** What is scored of a password: scoring a longer one takes seconds. */
const SCORED_LENGTH = 72;
/** The names under which the product is known, which are tried here before any other word. */
const OF_THE_PRODUCT = ['tieline', 'twilio', 'twilio connect'];

/** What a page says of the rule before it is broken. */
export const PASSWORD_HINT = `At least ${PASSWORD_MIN_LENGTH} characters that are hard to guess: ${LONG_LENGTH} or more, such as several unrelated words, or what a password manager makes.`;

/**
 * The rule for new passwords: hard to guess, whatever they are made of. Up to fourteen characters they
 * are scored, with the person's own name and address and the product's as words that are known.
 * From fifteen on, anything is good that is on no list, none of those words, and no repetition. What
 * only looks complicated is not asked for.
 * @throws ApiError 400 saying what to do instead.
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

/** What somebody who knows the person and the product would try first. */
function wordsOf({ email, name }: { readonly email: string; readonly name: string }): string[] {
  const words = [email, ...email.split(/[@.+_-]/), name, ...name.split(/\s+/), ...OF_THE_PRODUCT];
  return words.map(plain).filter((word) => word !== '');
}

const plain = (text: string): string => text.normalize('NFC').toLowerCase();

/** A password without the digits and signs around it, which are the first to be tried too. */
function bare(password: string): string {
  return plain(password).replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
}

/** Whether a text is one part over and over, the last time perhaps cut short. */
function isRepetition(text: string): boolean {
  for (let part = 1; part <= text.length / 2; part += 1) {
    if (text.slice(part) === text.slice(0, -part)) return true;
  }
  return false;
}

type Judge = Awaited<ReturnType<typeof loadJudge>>;
let judgeLoading: Promise<Judge> | null = null;

/** The word lists are large, and most processes never see a new password. */
async function loadJudge() {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const scorer = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  return { scorer, listed: new Set<string>(dictionary['passwords-common'].map(String)) };
}
