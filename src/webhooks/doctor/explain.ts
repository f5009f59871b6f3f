import type { Diagnosis } from './diagnose.ts';
import { MISTAKES, type Mistake } from './mistakes.ts';

/** One thing to know, and the remedy when there is one. */
interface Point {
  readonly says: string;
  readonly fix: string | null;
}

/** A diagnosis in words, the same on every surface. */
export interface Explanation {
  readonly title: string;
  readonly points: readonly Point[];
}

/** Explains a diagnosis. It holds no token. */
export function explain(diagnosis: Diagnosis): Explanation {
  const { verdict, mistakes, own_mistakes } = diagnosis;
  const signer = diagnosis.key === null ? '' : ` It was signed with ${diagnosis.key}.`;
  const points = [...mistakes.map(pointOf), ...ownPoints(own_mistakes)];
  if (verdict === 'right') return { title: `The signature is right.${signer}`, points };
  if (verdict === 'unknown') {
    return { title: 'No usual mistake explains this signature.', points: [UNKNOWN, ...points] };
  }
  const title =
    mistakes.length === 1
      ? `One mistake explains it.${signer}`
      : `${mistakes.length} mistakes together explain it.${signer}`;
  return { title, points };
}

const UNKNOWN: Point = {
  says:
    'The request may have been signed with a token that was replaced since, or with the token of ' +
    'another account, or more than two things were changed on the way',
  fix: 'Take the URL, the body and the header of one and the same request, as they arrived, and try again.',
};

function ownPoints(own_mistakes: readonly Mistake[] | null): Point[] {
  if (own_mistakes === null) return [];
  if (own_mistakes.length > 0) return own_mistakes.map(pointOf);
  const says = 'Your code made the right signature';
  return [{ says, fix: 'Look at how it compares: whole texts, in base64, without white space.' }];
}

function pointOf(mistake: Mistake): Point {
  const { says, fix } = MISTAKES[mistake];
  return { says, fix };
}

/** The number of characters that two texts have in common at their beginning. */
export function commonLength(one: string, other: string): number {
  const end = Math.min(one.length, other.length);
  let at = 0;
  while (at < end && one[at] === other[at]) at += 1;
  return at;
}
