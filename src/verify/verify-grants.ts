import type { Db } from '../db/database.ts';
import { decimalOf } from '../kit/money.ts';
import type { Report } from '../usage/usage-difference.ts';
import { STARTING_BALANCES } from '../usage/verify-usage.ts';
import { inPages } from './in-pages.ts';
import {
  listAccountsToVerify,
  listGrantAuditToVerify,
  listGrantsToVerify,
} from './verify-store.ts';

/**
 * Checks I8. Each grant has its subaccount, and each minted subaccount its grant. The audit log has
 * one event for the first version of a grant and one for each later version. Accounts are two
 * levels deep, and a subaccount has no balance of its own. The table itself ensures that a customer
 * has one grant for each app.
 */
export async function verifyGrants(db: Db, report: Report): Promise<number> {
  let grants = 0;
  await inPages(db, listGrantsToVerify, (grant) => {
    grants += 1;
    const wrong = (what: string) =>
      report({
        promise: 'I8',
        account_sid: grant.account_sid,
        what: `The grant ${grant.sid} ${what}.`,
      });
    const { subaccount_sid, version } = grant;
    if (grant.owner_account_sid === null) {
      wrong(`has no subaccount: ${subaccount_sid} does not exist`);
    } else if (grant.owner_account_sid !== grant.account_sid) {
      wrong(`has the subaccount ${subaccount_sid}, which is ${grant.owner_account_sid}'s`);
    } else if (grant.created_by_grant !== grant.sid) {
      wrong(`has the subaccount ${subaccount_sid}, which it did not make`);
    }
    // The oldest events of a log may be deleted after their time, so that later ones may be all.
    const isCut = (grant.first_event ?? 1) > 1;
    const given = Number(grant.given);
    if (isCut ? given > 1 : given !== 1) {
      wrong(`was given once, and the audit log says ${given} times`);
    }
    const renewed = Number(grant.renewed);
    if (isCut ? renewed > version - 1 : renewed !== version - 1) {
      wrong(`is version ${version}, and the audit log has ${renewed} renewals`);
    }
  });
  await inPages(db, listGrantAuditToVerify, (event) => {
    if (event.action !== 'grant.given' || event.grant_account_sid === event.account_sid) return;
    const what = `The audit event ${event.sid} gave the grant ${event.target_sid}, which is missing.`;
    report({ promise: 'I8', account_sid: event.account_sid, what });
  });
  return grants;
}

/** Checks the levels, grants and balances of accounts. @returns the number of accounts. */
export async function verifyAccounts(db: Db, report: Report): Promise<number> {
  let accounts = 0;
  await inPages(db, listAccountsToVerify, (account) => {
    accounts += 1;
    const { sid: account_sid, owner_account_sid, created_by_grant } = account;
    if (account.owner_of_owner !== owner_account_sid) {
      const what = `The account is ${owner_account_sid}'s, which is not a main account.`;
      report({ promise: 'I8', account_sid, what });
    }
    if (created_by_grant !== null && account.subaccount_sid !== account_sid) {
      const what = `The account was made by the grant ${created_by_grant}, which does not have it.`;
      report({ promise: 'I8', account_sid, what });
    }
    const { balance_micro, credited } = account;
    if (account_sid !== owner_account_sid && (balance_micro !== 0 || credited !== null)) {
      const what = 'The subaccount has a balance of its own.';
      report({ promise: 'balance', account_sid, what });
    }
    if (
      account_sid === owner_account_sid &&
      account.any_usage === null &&
      !STARTING_BALANCES.includes(balance_micro - Number(credited ?? 0))
    ) {
      const balance = `The balance is ${decimalOf(balance_micro)}`;
      const what =
        credited === null
          ? `${balance}, and there is no usage.`
          : `${balance}, ${decimalOf(Number(credited))} was credited, and there is no usage.`;
      report({ promise: 'balance', account_sid, what });
    }
  });
  return accounts;
}
