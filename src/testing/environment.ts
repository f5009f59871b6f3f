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

/** The places of a Node.js: the path in `TIELINE_NODE`, and the folders of `PATH`. */
export function nodePlaces(): { readonly named: string | undefined; readonly path: string } {
  const { TIELINE_NODE, PATH = '' } = process.env;
  return { named: TIELINE_NODE === '' ? undefined : TIELINE_NODE, path: PATH };
}
