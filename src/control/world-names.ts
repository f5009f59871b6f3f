import type { KeyRing } from '../kit/seal.ts';

export const DEVELOPER_EMAIL = 'developer@example.com';
export const CUSTOMER_EMAIL = 'customer@example.com';

const PASSWORD_BYTES = 9;

/**
 * The facts about a development world that depend on the secret key only, and are known before it
 * is made.
 */
export interface WorldNames {
  readonly customer_account_sid: string;
  readonly connect_app_sid: string;
  /** The password of both people. */
  readonly password: string;
}

export function worldNames(keyRing: KeyRing): WorldNames {
  const derived = (purpose: string) => keyRing.derive(purpose, 16).toString('hex');
  return {
    customer_account_sid: `AC${derived('customer account')}`,
    connect_app_sid: `CN${derived('demo app')}`,
    password: keyRing.derive('world password', PASSWORD_BYTES).toString('base64url'),
  };
}
