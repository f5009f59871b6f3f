import manifest from '../../package.json' with { type: 'json' };

/** A version of Node.js, as a package that brings its binary. */
export interface NodePackage {
  readonly name: string;
  readonly version: string;
}

/** The oldest Node.js that Tieline supports. */
export function oldestNode(): NodePackage {
  const [, minor] = /^>=(\d+\.\d+)$/.exec(manifest.engines.node) ?? [];
  if (!minor) throw new Error(`engines.node is ${manifest.engines.node}; write it as >=24.7`);
  const { platform, arch } = process;
  const name = platform === 'darwin' ? `node-bin-darwin-${arch}` : `node-${platform}-${arch}`;
  return { name, version: `${minor}.0` };
}
