import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildSite } from './site.ts';

/** Builds the documentation: `npm run docs`, or with `-- --out FOLDER --base /PATH/` to publish it. */
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'dist/docs' },
    base: { type: 'string', default: '/docs/' },
  },
});
try {
  const { pages, named } = await buildSite(values.out, values.base);
  const missing = named.filter((file) => !existsSync(file));
  if (missing.length > 0)
    throw new Error(`Pages link to files that do not exist: ${missing.join(', ')}`);
  console.log(`${values.out} holds the ${pages.length} pages of the documentation.`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
