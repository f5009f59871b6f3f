import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { UnreadableError } from '../../notebooks/run/host.ts';

/** The most bytes of an included file. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Finds a file that a description of `--map` includes. An address below the description's own
 * address is a file in the description's own folder.
 * @param address the included address
 * @param base the address of the description
 * @param file the file of the description
 * @returns undefined for an address elsewhere, which is read like any other
 * @throws UnreadableError that names the file, when it cannot be read or is outside of the folder
 */
export function includedFile(
  address: string,
  base: string,
  file: string,
): { readonly file: string; readonly text: string } | undefined {
  const folder = new URL('.', base).href;
  if (!address.startsWith(folder)) return undefined;
  const [below = ''] = address.slice(folder.length).split(/[?#]/, 1);
  const included = join(dirname(file), ...below.split('/').map(nameOf));
  try {
    const within = relative(realpathSync(dirname(file)), realpathSync(included));
    if (within.split(sep)[0] === '..') {
      throw new UnreadableError(`${file} includes ${included}, which lies outside of its folder.`);
    }
    if (statSync(included).size > MAX_BYTES) {
      throw new UnreadableError(
        `${file} includes ${included}, which is longer than ${MAX_BYTES} bytes.`,
      );
    }
    return { file: included, text: readFileSync(included, 'utf8') };
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    const { code = 'it is no name of a file' } = error as NodeJS.ErrnoException;
    throw new UnreadableError(`${file} includes ${included}, which cannot be read (${code}).`);
  }
}

/** A segment of an address as a file name that cannot lead out of its folder. */
function nameOf(segment: string): string {
  let name: string;
  try {
    name = decodeURIComponent(segment);
  } catch {
    return segment;
  }
  return /[/\\\0]/.test(name) ? segment : name;
}
