import { join } from 'node:path';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');
/** The program of the checkout, which runs the sources. */
export const SOURCE_PROGRAM = join(CHECKOUT, 'bin', 'tieline.js');
/** The bundle of the same sources if `npm test` has made one, because it starts in less time. */
export const PROGRAM = process.env['TEST_PROGRAM'] ?? SOURCE_PROGRAM;

const { NODE_COMPILE_CACHE } = process.env;
/** The variable for the compile cache of this run, which ends with the run as its bundle does. */
export const COMPILE_CACHE: Readonly<Record<string, string>> =
  NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
