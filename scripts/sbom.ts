import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeBundles } from '../src/notebooks/browser-bundles.ts';

/**
 * Lists all components of production as CycloneDX 1.5. The scripts of the notebook page are among
 * them: they are bundled from packages that are otherwise for development only. The list comes from
 * package-lock.json without the network.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  scope?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

export interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Component; readonly [name: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
}

/** All packages of the lockfile. `npm sbom --omit dev` omits those that development needs, too. */
function npmSbom(): Bom {
  const given = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const text = execFileSync('npm', given, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return JSON.parse(text) as Bom;
}

interface Locked {
  readonly name?: string;
  readonly version: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** The packages of production in the lockfile, as `name@version`, and whether each is optional. */
function lockedForProduction(): Map<string, boolean> {
  const lock = JSON.parse(readFileSync(`${ROOT}/package-lock.json`, 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const found = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev);
  return new Map(
    found.map(([path, { name, version, optional = false }]) => {
      const shown = name ?? path.replace(/^.*node_modules\//, '');
      return [`${shown}@${version}`, optional];
    }),
  );
}

/** The packages in the bundles, as `name@version`. */
async function bundledPackages(): Promise<string[]> {
  const { packages } = await makeBundles();
  return packages.map((folder) => {
    const text = readFileSync(`${ROOT}/${folder}/package.json`, 'utf8');
    const { name, version } = JSON.parse(text) as { name: string; version: string };
    return `${name}@${version}`;
  });
}

export async function makeSbom(): Promise<Bom> {
  const everything = npmSbom();
  const { metadata } = everything;
  const locked = lockedForProduction();
  const bundled = new Set((await bundledPackages()).filter((ref) => !locked.has(ref)));
  const components = everything.components
    .filter((one) => locked.has(one['bom-ref']) || bundled.has(one['bom-ref']))
    .map((one) => ({
      ...one,
      // npm gives an aliased package the name of its alias.
      name: one['bom-ref'].slice(0, one['bom-ref'].lastIndexOf('@')),
      scope: locked.get(one['bom-ref']) ? 'optional' : 'required',
    }));
  const refs = new Set(components.map((one) => one['bom-ref']));
  const root = metadata.component['bom-ref'];
  const dependencies = everything.dependencies
    .filter(({ ref }) => refs.has(ref) || ref === root)
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
  // npm names the project by its folder.
  const component = { ...metadata.component, name: 'tieline', type: 'application' };
  return { ...everything, metadata: { ...metadata, component }, components, dependencies };
}

if (import.meta.main) {
  const text = `${JSON.stringify(await makeSbom(), null, 2)}\n`;
  const [file] = process.argv.slice(2);
  if (file === undefined) process.stdout.write(text);
  else writeFileSync(file, text);
}
