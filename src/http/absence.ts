import { NotFound } from '../kit/api-error.ts';

/** Something of the 2010 API that is not part of the product. */
export interface Absence {
  /** What it is called: `Conferences`. */
  readonly what: string;
  /** With `:Name` for a parameter, and without a suffix. */
  readonly path: string;
  /** What is left of it, as a sentence in ASCII. */
  readonly says: string;
  /** A folder is only itself: what is below it is named by itself. */
  readonly folder?: true;
}

/**
 * Says of a path that it leads to something that is not part of the product.
 * @returns what to refuse a request with, or null for any other path
 */
export function openAbsences(absences: readonly Absence[]): (route: string) => NotFound | null {
  const known = absences.map((absence) => {
    const self = absence.path.replaceAll(/:\w+/g, '[^/]+');
    const pattern = new RegExp(absence.folder ? `^${self}$` : `^${self}(?:/.*)?$`);
    return { pattern, headers: reasonOfAbsence(absence) };
  });
  return (route) => {
    const absence = known.find(({ pattern }) => pattern.test(route));
    return absence ? new NotFound(absence.headers) : null;
  };
}

/** `Tieline-Reason`, a dictionary of RFC 9651: what is absent, and what is left of it. */
function reasonOfAbsence({ what, says }: Absence): Record<string, string> {
  return { 'Tieline-Reason': `absent="${what}", says="${says}"` };
}
