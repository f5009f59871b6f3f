import { globSync } from 'node:fs';
import { opensBrowser, startsPrograms } from './needs.ts';
import { dealFiles } from './steps.ts';

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

/**
 * The parts of the whole run. The long ones begin first, and the last ones are small, so that no lane
 * waits long for another at the end.
 */
export function allParts(): string[][] {
  const others = allTestFiles().filter((file) => !LONGEST.includes(file));
  // The files that open pages are one part, so the run starts one browser.
  const pages = others.filter(opensBrowser);
  const rest = others.filter((file) => !pages.includes(file));
  const slow = rest.filter((file) => LONG.includes(file) || startsPrograms(file));
  const [largest = [], ...smaller] = dealFiles(rest.filter((file) => !slow.includes(file)));
  const long = LONGEST.map((file) => [file]);
  return [...long, largest, pages, ...dealFiles(slow), ...smaller];
}
