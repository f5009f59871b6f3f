import { z } from 'zod';
import { lineUpOf } from '../carriers/line-up.ts';
import { controlEndpoint } from '../http/control-endpoint.ts';
import { badRequest } from '../kit/api-error.ts';
import { importStock } from '../numbers/import-stock.ts';
import { readStockFile, STOCK_COLUMNS } from '../numbers/read-stock.ts';
import { IMPORT_BYTES, MAX_IMPORTED } from '../numbers/stock-number.ts';

const MAX_CELL = 200;

const cell = z.string().max(MAX_CELL, `must have at most ${MAX_CELL} characters`);
const count = z.int();

export const stockEndpoints = [
  controlEndpoint({
    id: 'ControlImportNumbers',
    summary:
      'Puts numbers into the stock that accounts buy from. Refused numbers are named, and do not hold ' +
      'back the others. The same numbers change nothing the second time',
    method: 'POST',
    path: '/_tieline/numbers',
    status: 200,
    body_bytes: IMPORT_BYTES,
    input: z.strictObject({
      csv: z
        .string()
        .optional()
        .describe('A file with the header `number,country,kind,capabilities,carrier[,price]`'),
      numbers: z
        .array(
          z.strictObject({
            number: cell.describe('In E.164, or a short code of 3 to 8 digits'),
            country: cell.describe('Two letters, such as `US`'),
            kind: cell.describe('`local`, `mobile` or `toll-free`'),
            capabilities: cell.describe('Some of `sms`, `mms` and `voice`, with spaces between'),
            carrier: cell.describe('A carrier of the carriers file'),
            price: cell.default('').describe('The price of a month; empty: by the rate card'),
          }),
          { error: 'must be a list of numbers' },
        )
        .max(MAX_IMPORTED, `must hold at most ${MAX_IMPORTED} numbers`)
        .optional(),
      dry_run: z.boolean().default(false).describe('Reports, and changes nothing'),
    }),
    output: z.object({
      dry_run: z.boolean(),
      added: count,
      changed: count,
      unchanged: count.describe('The numbers that the stock has already, just so'),
      refused: z.array(
        z.object({
          place: z.string().describe('`line 3` of the file, or `numbers[1]` of the list'),
          field: z.enum(STOCK_COLUMNS),
          value: z.string(),
          rule: z.string(),
        }),
      ),
    }),
    async handle(call) {
      const { csv, numbers, dry_run } = call.input;
      if ((csv === undefined) === (numbers === undefined)) {
        throw badRequest('csv or numbers must be given, and not both.');
      }
      const given =
        csv === undefined
          ? (numbers ?? []).map((one, index) => ({ ...one, place: `numbers[${index}]` }))
          : await readStockFile(csv);
      const carriers = new Set(lineUpOf(call.app).plan.carriers.keys());
      return importStock(call, { numbers: given, carriers, dry_run });
    },
  }),
];
