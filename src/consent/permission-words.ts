import type { Permission } from '../kit/permission.ts';

/** The public name of a permission, and its meaning for people. */
export interface PermissionWords {
  readonly name: string;
  readonly allows: string;
}

export const PERMISSION_WORDS: Readonly<Record<Permission, PermissionWords>> = {
  'post-all': {
    name: 'Charge account for usage',
    allows:
      'It may buy phone numbers, call and send messages, in a subaccount made for it alone. You pay ' +
      'for all of that.',
  },
  'get-all': {
    name: 'Read all account data',
    allows:
      'It may see the calls, messages, recordings and usage of this account and of every subaccount, ' +
      'also what other apps made there. It cannot change any of it.',
  },
};

/** The difference between the granted permissions and the requested ones, for one permission. */
export interface PermissionChange {
  readonly permission: Permission;
  readonly change: 'new' | 'stays' | 'goes';
}

/** The changes by an authorisation, `post-all` first (docs/threats.md, T09). */
export function changesBetween(
  granted: readonly Permission[],
  asked: readonly Permission[],
): PermissionChange[] {
  const order: readonly Permission[] = ['post-all', 'get-all'];
  return order.flatMap((permission) => {
    const had = granted.includes(permission);
    const wants = asked.includes(permission);
    if (!had && !wants) return [];
    return [{ permission, change: had && wants ? 'stays' : wants ? 'new' : 'goes' } as const];
  });
}
