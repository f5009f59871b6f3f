import { globSync } from 'node:fs';

export function allTestFiles(): string[] {
  return globSync(['src/**/*.test.ts', 'test/**/*.test.ts']).toSorted();
}

/** Files that take minutes. Each is a part and begins first, so no wait remains at the end. */
export const LONGEST: readonly string[] = [
  'test/isolation/isolation.test.ts',
  'test/process/usage-faults.test.ts',
  'test/sdks/sdks.test.ts',
];
