import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { UnreadableError } from '../../notebooks/run/host.ts';

/** How long an included file may be, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The file that a description of `--map` includes: what lies below the description's own address
 * lies in the description's own folder.
 * @param address what is included
 * @param base the address of the description
 * @param file the description itself
 * @returns undefined for an address elsewhere, which is read as any is
 * @throws UnreadableError naming the file, where it cannot be read or lies outside of the folder
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

/** A segment of an address as the name of a file, which cannot lead out of its folder. */
function nameOf(segment: string): string {
  let name: string;
  try {
    name = decodeURIComponent(segment);
  } catch {
    return segment;
  }
  return /[/\\\0]/.test(name) ? segment : name;
}
