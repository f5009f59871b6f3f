import { badParameter } from '../kit/api-error.ts';

export const PASSWORD_MIN_LENGTH = 8;
export const PASSWORD_MAX_LENGTH = 256;
/** What is scored of a password: scoring a longer one takes seconds (reliability T39). */
const SCORED_LENGTH = 72;

/** What a page says of the rule before it is broken. */
export const PASSWORD_HINT = `At least ${PASSWORD_MIN_LENGTH} characters. Several unrelated words are good; a password manager is better.`;

/**
 * The rule for new passwords: long enough, and not among the first that anybody would try, the
 * person's own name and address included. What only looks complicated is not asked for.
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
  const own = [person.email, ...person.email.split(/[@.+_-]/), person.name];
  own.push(...person.name.split(/\s+/), 'tieline');
  const inputs = own.filter((input) => input !== '').map((input) => input.slice(0, SCORED_LENGTH));
  const scorer = await (scorerLoading ??= loadScorer());
  const { score } = scorer.check(password.slice(0, SCORED_LENGTH), inputs);
  if (score === 0) {
    throw badParameter(
      parameter,
      'is among the first that somebody would guess: take several unrelated words, or let a password manager make one',
    );
  }
}

type Scorer = Awaited<ReturnType<typeof loadScorer>>;
let scorerLoading: Promise<Scorer> | null = null;

/** The word lists are large, and most processes never see a new password. */
async function loadScorer() {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
}
