import type { Db } from '../db/database.ts';
import { decimalOf } from '../kit/money.ts';
import type { Report } from '../usage/usage-difference.ts';
import { CARRIED, CHARGED, listChargesToVerify, listForgottenByCarrier } from './charges-store.ts';
import { inPages } from './in-pages.ts';

/**
 * Checks I2: the ledger has each price of a message, call, recording or transcription under its
 * SID.
 * @returns the number of prices.
 */
export async function verifyCharges(db: Db, report: Report): Promise<number> {
  let charges = 0;
  for (const table of CHARGED) {
    await inPages(db, listChargesToVerify(table), (row) => {
      const { sid, account_sid, price_micro, charged_micro } = row;
      charges += 1;
      if (charged_micro === price_micro) return;
      const ledger = charged_micro === null ? 'has no entry' : `says ${textOf(charged_micro)}`;
      const what = `The price of ${sid} is ${textOf(price_micro)}, and the ledger ${ledger}.`;
      report({ promise: 'I2', account_sid, what });
    });
  }
  return charges;
}

/**
 * Checks I10: the carrier's inbox has a task for each message, call and transcription in progress,
 * and for the rent of each number. Nothing is stuck between two states.
 */
export async function verifyCarried(db: Db, report: Report): Promise<void> {
  for (const table of Object.keys(CARRIED) as (keyof typeof CARRIED)[]) {
    await inPages(db, listForgottenByCarrier(table), ({ sid, account_sid }) => {
      const what = `The carrier has no task for ${sid}, which has not ended.`;
      report({ promise: 'I10', account_sid, what });
    });
  }
}

function textOf(micro: number | null): string {
  return decimalOf(micro ?? 0);
}
