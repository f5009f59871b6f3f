/** The permissions of Connect, by their API names, in the order in which answers list them. */
export const PERMISSIONS = ['get-all', 'post-all'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Every value of a permissions column: the sets of permissions, in the documented order. */
const SETS: ReadonlyMap<string, readonly Permission[]> = new Map(
  [[], ['get-all'], ['post-all'], ['get-all', 'post-all']].map((set) => [
    JSON.stringify(set),
    set as Permission[],
  ]),
);

/** Reads a permissions column. */
export function readPermissions(json: string): Permission[] {
  return [...(SETS.get(json) ?? (JSON.parse(json) as Permission[]))];
}

/** Writes a permissions column: each permission once, in the documented order. */
export function writePermissions(permissions: readonly Permission[]): string {
  return JSON.stringify(PERMISSIONS.filter((permission) => permissions.includes(permission)));
}

/** The permissions in force: docs/contract/connect.md, "Permissions" */
export function effectivePermissions(
  granted: readonly Permission[],
  asked: readonly Permission[],
): Permission[] {
  return granted.filter((permission) => asked.includes(permission));
}
