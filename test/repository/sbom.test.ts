import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { makeSbom } from '../../scripts/sbom.ts';

const SCHEMAS = 'node_modules/@cyclonedx/cyclonedx-library/res/schema';

interface Locked {
  readonly name?: string;
  readonly version: string;
  readonly integrity: string;
  readonly dev?: boolean;
}

const readJson = (file: string) =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

/** The production packages of the lockfile, as `name@version`, with the SHA-512 of each. */
function lockedForProduction(): Map<string, string> {
  const packages = readJson('package-lock.json')['packages'] as Record<string, Locked>;
  const found = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  return new Map(
    found.map(([path, { name, version, integrity }]) => {
      const shown = name ?? path.replace(/^.*node_modules\//, '');
      const digest = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
      return [`${shown}@${version}`, digest];
    }),
  );
}

test('the list of components is valid CycloneDX and has every component of production', async () => {
  const bom = await makeSbom();
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const name of ['jsf-0.82', 'spdx']) {
    const file = `${name}.SNAPSHOT.schema.json`;
    // The schema refers to other schemas by the names of their files.
    ajv.addSchema({
      ...readJson(`${SCHEMAS}/${file}`),
      $id: `http://cyclonedx.org/schema/${file}`,
    });
  }
  const isValid = ajv.compile(readJson(`${SCHEMAS}/bom-1.5.SNAPSHOT.schema.json`));
  assert.ok(isValid(bom), JSON.stringify(isValid.errors));
  assert.ok(!isValid({ ...bom, components: [{ name: 'nothing more' }] }), 'and the schema is one');

  const { version } = readJson('package.json') as { version: string };
  assert.equal(bom.metadata.component.purl, `pkg:npm/tieline@${version}`);
  assert.equal(bom.metadata.component.name, 'tieline');
  const hashes = new Map(
    bom.components.map((one) => [`${one.name}@${one.version}`, one.hashes?.[0]?.content]),
  );
  const locked = lockedForProduction();
  assert.ok(locked.size > 80, String(locked.size));
  for (const [name, digest] of locked) assert.equal(hashes.get(name), digest, name);
  const direct = Object.entries(readJson('package.json')['dependencies'] as Record<string, string>);
  for (const [name, spec] of direct) {
    const wanted = spec.startsWith('npm:') ? spec.slice('npm:'.length) : `${name}@${spec}`;
    assert.ok(hashes.has(wanted), wanted);
  }

  // The scripts of the notebook page hold packages that are installed for development only.
  const imported = globSync('src/notebooks/browser/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/ from '((?:@[^/']+\/)?[^./'][^/']*)/g)].map(
      ([, name = '']) => name,
    ),
  );
  assert.ok(imported.includes('@codemirror/view'));
  const names = new Set(bom.components.map(({ name }) => name));
  for (const name of imported) assert.ok(names.has(name), name);
  assert.ok(!names.has('typescript'), 'and nothing that only develops');

  const refs = bom.components.map((one) => one['bom-ref']);
  assert.equal(new Set(refs).size, refs.length);
  const known = new Set([...refs, bom.metadata.component['bom-ref']]);
  for (const { ref, dependsOn } of bom.dependencies) {
    for (const one of [ref, ...dependsOn]) assert.ok(known.has(one), one);
  }
});
