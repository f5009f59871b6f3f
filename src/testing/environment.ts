// The kit reads the environment only in this file.

/** The variables that a process needs to run. All others stay with the test. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG'];

/** The environment of the serving process or thread, so that a test works the same everywhere. */
export function servingEnvironment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** The environment of the test, with the places where a Node.js may be. */
export function wholeEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
