import type { StaticFolder } from '../http/pages/static-folder.ts';

/** The documentation. `npm ci` builds it in a checkout, and the published package holds it. */
export const DOCUMENTATION: StaticFolder = {
  path: '/docs',
  folder: new URL('../../dist/docs/', import.meta.url),
  whenMissing:
    'The pages of the documentation have not been built. Run "npm run docs" in the checkout, and reload this page.',
};
