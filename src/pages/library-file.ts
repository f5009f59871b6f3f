import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

/** The files of libraries that the product reads, by the names of their copies. */
const FILES = {
  'chai.js': () => resolve('chai-1.9.0/chai.js'),
  'pico.min.css': () => resolve('@picocss/pico/css/pico.min.css'),
  // The bundle for browsers is found from the main file of its package.
  'webauthn.min.js': () =>
    resolve('@simplewebauthn/browser').replace(
      /script[/\\]index\.js$/,
      'dist/bundle/index.umd.min.js',
    ),
} as const;

type LibraryFile = keyof typeof FILES;

export const LIBRARY_FILES = Object.keys(FILES) as readonly LibraryFile[];

/**
 * The path of a file of a library. The published package has a copy of each in place of the library
 * (`scripts/bundle-program.ts`).
 */
export const libraryFile = (name: LibraryFile): string => FILES[name]();
