import { testMatrix } from './matrix.ts';
import { OLDER } from './programs.ts';
import { summaryTable } from './table.ts';

/** Not of `npm test`: `npm run test:sdks` runs it. */
testMatrix('older majors', OLDER, summaryTable);
