import { restoreManifest } from './published-manifest.ts';

/** Undoes the change of package.json by `prepack.ts`. */
restoreManifest();
