/**
 * The steps of every program of the matrix, in this order, with the requests that the server must
 * have seen. `docs/guides/sdks.md` shows the steps as the rows of its table.
 */
export interface Step {
  /** The operation's id in the route table, then a word where an operation has several steps. */
  readonly name: string;
  /** The description of the step, for the table. */
  readonly does: string;
  /** The status that the server must have answered. */
  readonly status: number;
  /** The least number of requests. Each page counts as one. */
  readonly requests: number;
  /** The server's name of the request, if it is not the operation's id. */
  readonly counted?: string;
}

/** The number of messages that a program sends and then lists in pages of two. */
export const MESSAGES = 5;

function step(name: string, does: string, status = 200, requests = 1): Step {
  return { name, does, status, requests };
}

export const STEPS: readonly Step[] = [
  step('FetchAccount', 'the own account'),
  step('ListConnectApp', 'the apps that the account made'),
  step('FetchConnectApp', 'one of them'),
  step('UpdateConnectApp', 'its description'),
  step('ListAuthorizedConnectApp', 'the apps that the account lets act on itself'),
  step('FetchAuthorizedConnectApp', 'one of them'),
  step('ListAvailablePhoneNumberLocal', 'as the app: numbers on offer'),
  step('CreateIncomingPhoneNumber', 'as the app: buys one', 201),
  step('CreateMessage', `as the app: sends ${MESSAGES} messages`, 201, MESSAGES),
  step('FetchMessage', 'as the app: one of them'),
  step('ListMessage', 'as the app: all of them, two on a page', 200, Math.ceil(MESSAGES / 2)),
  step('CreateCall', 'as the app: calls, with TwiML', 201),
  step('FetchCall', 'as the app: until the call is answered'),
  step('ListCall', 'as the app: the calls in progress'),
  step('UpdateCall', 'as the app: hangs up'),
  step('ListUsageRecord', 'as the app: all categories, 100 on a page', 200, 4),
  step('ListUsageRecord category', 'as the app: one category'),
  step('ListUsageRecordDaily', 'as the app: one category, by day'),
  step('CreateUsageTrigger', 'as the app: a trigger', 201),
  step('FetchUsageTrigger', 'as the app: the trigger'),
  step('UpdateUsageTrigger', 'as the app: its name'),
  step('ListUsageTrigger', 'as the app: all of them'),
  step('DeleteUsageTrigger', 'as the app: deletes it', 204),
  step('CreateConnectionPolicy', 'three policies', 201, 3),
  step('FetchConnectionPolicy', 'one of them'),
  step('UpdateConnectionPolicy', 'its name'),
  step('ListConnectionPolicy', 'all of them, two on a page', 200, 2),
  step('CreateConnectionPolicyTarget', 'a target', 201),
  step('ListConnectionPolicyTarget', 'the targets of a policy'),
  step('UpdateConnectionPolicyTarget', 'its weight'),
  step('DeleteConnectionPolicyTarget', 'deletes it', 204),
  step('CreateByocTrunk', 'a trunk that uses the policy', 201),
  step('DeleteConnectionPolicy 409/20409', 'is refused: a trunk uses it', 409),
  step('DeleteByocTrunk', 'deletes the trunk', 204),
  step('DeleteConnectionPolicy', 'deletes the policy, which is free now', 204),
  step('CreateUsageTrigger 400/20001', 'is refused: a value that is no number', 400),
  step('FetchAccount 401/20003', 'is refused: a wrong token', 401),
  step('CreateNewKey 403/20403', 'is refused: an app makes no keys', 403),
  step('FetchMessage 404/20404', 'is refused: there is none', 404),
  {
    ...step('DeleteConnectApp 405/20004', 'is refused: apps are not deleted so', 405),
    counted: 'none',
  },
];
