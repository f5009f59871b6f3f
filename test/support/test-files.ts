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

/** Files that take five seconds or more on SQLite, with many runs of one property or many cells. */
export const LONG: readonly string[] = [
  'test/calls/calls-any-acts.test.ts',
  'test/carrier/mixed-acts.test.ts',
  'test/conformance/conformance-check.test.ts',
  'test/conformance/conformance-odd-servers.test.ts',
  'test/describe/raml-routes.test.ts',
  'test/describe/raml.test.ts',
  'test/http/bad-input.test.ts',
  'test/isolation/isolation-connect.test.ts',
  'test/isolation/isolation.test.ts',
  'test/notebooks/notebook-bad-input.test.ts',
  'test/notebooks/notebook-cells.test.ts',
  'test/notebooks/notebook-outbound.test.ts',
  'test/usage/usage-model.test.ts',
  'test/usage/usage-sdk.test.ts',
  'test/usage/usage-triggers-model.test.ts',
];
