import {
  findNewerNode,
  isNewEnough,
  OLDEST_NODE,
  tooOldSentence,
  versionOf,
} from '../../bin/newer-node.js';
import { wholeEnvironment } from './environment.ts';
import { TielineError } from './tieline-error.ts';

/**
 * Finds a Node.js that can run Tieline: the named one, this process's own, one on the `PATH`, one
 * from an npm package, or another one of this machine.
 * @param named the path of the Node.js to use; without it `TIELINE_NODE` may name one
 * @throws TielineError when the named Node.js does not fit, or when none is found.
 */
export function findNode(named: string | undefined): string {
  const env = wholeEnvironment();
  const wanted = named ?? (env['TIELINE_NODE'] || undefined);
  if (wanted !== undefined) {
    const version = versionOf(wanted);
    if (version !== null && isNewEnough(version)) return wanted;
    const name = named === undefined ? 'TIELINE_NODE' : 'The option node';
    const what = version === null ? 'which is not a working Node.js' : `which is ${version}`;
    throw new TielineError(
      `${name} names ${wanted}, ${what}. Give the path of a Node.js ${OLDEST_NODE} or newer.`,
    );
  }
  if (isNewEnough(process.version)) return process.execPath;
  const found = findNewerNode(env);
  if (found === null) throw new TielineError(tooOldSentence());
  return found;
}
