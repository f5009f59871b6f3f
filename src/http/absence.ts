import { NotFound } from '../kit/api-error.ts';

/** A resource of the 2010 API that is not part of the product. */
export interface Absence {
  /** Its name: `Conferences`. */
  readonly what: string;
  /** The path, with `:Name` for a parameter and without a suffix. */
  readonly path: string;
  /** A sentence in ASCII about the part of the resource that the product has. */
  readonly says: string;
  /** Marks a folder: the entry covers this path alone; paths below it have their own entries. */
  readonly folder?: true;
}

/**
 * Recognizes the paths of resources that are not part of the product.
 * @returns the error that refuses a request for such a path, or null for any other path
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

/** `Tieline-Reason`, a dictionary of RFC 9651: the absent resource, and the part that exists. */
function reasonOfAbsence({ what, says }: Absence): Record<string, string> {
  return { 'Tieline-Reason': `absent="${what}", says="${says}"` };
}
