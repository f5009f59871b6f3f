import type { AccountCall } from '../../http/pages/page.ts';
import type { ActingApp, FirstSteps, GrantedSet } from './overview-store.ts';

/** The first steps of an account. Facts tick them. */

interface Step {
  readonly label: string;
  readonly href: string;
  readonly is_done: boolean;
}

export interface SetUp {
  readonly title: string;
  readonly steps: readonly Step[];
}

interface Facts {
  readonly first: FirstSteps;
  readonly acting: readonly ActingApp[];
  readonly own: readonly GrantedSet[];
  readonly has_missed_revokes: boolean;
}

/**
 * The lists of first steps that still have one to take: of a developer, of a customer, or both
 * while the account is neither.
 */
export function setUpsOf(call: AccountCall, facts: Facts): SetUp[] {
  const isDeveloper = facts.own.length > 0;
  const isCustomer = facts.acting.length > 0;
  const lists = [
    ...(isDeveloper || !isCustomer ? [developerSteps(call, facts)] : []),
    ...(isCustomer || !isDeveloper ? [customerSteps(call, facts)] : []),
  ];
  return lists.filter(({ steps }) => steps.some(({ is_done }) => !is_done));
}

function developerSteps({ account }: AccountCall, facts: Facts): SetUp {
  const { first, own, has_missed_revokes } = facts;
  const list = `/console/${account.sid}/connect-apps`;
  const [app] = own;
  const page = app === undefined ? list : `${list}/${app.connect_app_sid}`;
  const customers = own.reduce((sum, set) => sum + set.customers, 0);
  const wasAuthorized = customers > 0 || first.has_revoke;
  return {
    title: 'Set up an app of your own',
    steps: [
      {
        label: 'Make a Connect app',
        href: app === undefined ? `${list}/new` : page,
        is_done: app !== undefined,
      },
      {
        label: 'Put its button on a page, and authorize it as a customer',
        href: page,
        is_done: wasAuthorized,
      },
      { label: 'Act on the customer’s account', href: page, is_done: first.has_acted },
      {
        label: 'Acknowledge a revoke',
        href: page,
        is_done: first.has_revoke && !has_missed_revokes,
      },
    ],
  };
}

function customerSteps({ account }: AccountCall, { first, acting }: Facts): SetUp {
  const home = `/console/${account.sid}`;
  const hasLimit = acting.some((one) => one.monthly_limit_micro !== null || one.countries !== null);
  return {
    title: 'Set up this account',
    steps: [
      { label: 'Get a phone number', href: `${home}/numbers`, is_done: first.has_number },
      {
        label: 'Authorize an app',
        href: `${home}/authorized-apps`,
        is_done: acting.length > 0,
      },
      { label: 'Limit what it may spend', href: `${home}/authorized-apps`, is_done: hasLimit },
      { label: 'Invite a second person', href: `${home}/people`, is_done: first.has_second_person },
      {
        label: 'Get told before a sum is reached',
        href: `${home}/usage/triggers/new`,
        is_done: first.has_trigger,
      },
    ],
  };
}
