import { restoreManifest } from './published-manifest.ts';

/** Undoes what `prepack.ts` did to package.json. */
restoreManifest();
