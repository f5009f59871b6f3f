import { testMatrix } from './matrix.ts';
import { OLDER } from './programs.ts';
import { summaryTable } from './table.ts';

/** `npm run test:sdks` runs this file. `npm test` does not. */
testMatrix('older majors', OLDER, summaryTable);
