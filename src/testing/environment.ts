/** All that the kit reads of the environment. */

/** Of the environment, what a process needs to run; the rest is the test's own. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG'];

/** The environment of what serves, so that a test means the same wherever it runs. */
export function servingEnvironment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** Where a Node.js may be: the one that is named, and the folders of programs. */
export function nodePlaces(): { readonly named: string | undefined; readonly path: string } {
  const { TIELINE_NODE, PATH = '' } = process.env;
  return { named: TIELINE_NODE === '' ? undefined : TIELINE_NODE, path: PATH };
}
