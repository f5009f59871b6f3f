import { startsPrograms } from './support/needs.ts';
import {
  dealFiles,
  makeDataFolder,
  runParts,
  runStaticChecks,
  StopError,
} from './support/steps.ts';
import { allTestFiles, LONG } from './support/test-files.ts';

/**
 * `npm run check`: the checks for a change in the making. They need nothing but the checkout: the
 * tests run on SQLite, and the tests that start other programs are left out.
 */

const files = allTestFiles();
const starting = files.filter(startsPrograms);
const data = makeDataFolder();
try {
  await runStaticChecks();
  const { TEST_DATABASE_URL: _, ...env } = process.env;
  const chosen = files.filter((file) => !starting.includes(file) && !LONG.includes(file));
  await runParts(dealFiles(chosen), { ...env, TEST_DATA_FOLDER: data.path });
} catch (error) {
  if (!(error instanceof StopError)) throw error;
} finally {
  data.remove();
}

console.log(
  '– left out here, and run by npm test: PostgreSQL,\n' +
    `  ${starting.length} files that start other programs (browsers, servers, SDKs, commands),\n` +
    `  ${LONG.length} long files:\n    ${LONG.join('\n    ')}`,
);
