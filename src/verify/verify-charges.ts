import type { Db } from '../db/database.ts';
import { decimalOf } from '../kit/money.ts';
import type { Report } from '../usage/usage-difference.ts';
import { CARRIED, CHARGED, listChargesToVerify, listForgottenByCarrier } from './charges-store.ts';
import { inPages } from './in-pages.ts';

/**
 * Every price of a message, a call, a recording or a transcription is in the ledger under its SID
 * (I2). @returns how many have a price.
 */
export async function verifyCharges(db: Db, report: Report): Promise<number> {
  let charges = 0;
  for (const table of CHARGED) {
    await inPages(db, listChargesToVerify(table), (row) => {
      const { sid, account_sid, price_micro, charged_micro } = row;
      charges += 1;
      if (charged_micro === price_micro) return;
      const ledger = charged_micro === null ? 'has nothing of it' : `says ${textOf(charged_micro)}`;
      const what = `The price of ${sid} is ${textOf(price_micro)}, and the ledger ${ledger}.`;
      report({ promise: 'I2', account_sid, what });
    });
  }
  return charges;
}

/**
 * Whatever is under way is in the carrier's inbox, and so is the rent of every number: nothing is
 * left between two states (I10).
 */
export async function verifyCarried(db: Db, report: Report): Promise<void> {
  for (const table of Object.keys(CARRIED) as (keyof typeof CARRIED)[]) {
    await inPages(db, listForgottenByCarrier(table), ({ sid, account_sid }) => {
      const what = `The carrier has nothing to do for ${sid}, which is not at its end.`;
      report({ promise: 'I10', account_sid, what });
    });
  }
}

function textOf(micro: number | null): string {
  return decimalOf(micro ?? 0);
}
