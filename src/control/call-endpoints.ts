import { z } from 'zod';
import { fetchAccount } from '../accounts/account-store.ts';
import { CALL, presentCall } from '../calls/call.ts';
import { readCallAddress } from '../calls/call-address.ts';
import { receiveCall } from '../calls/receive-call.ts';
import { controlEndpoint } from '../http/control-endpoint.ts';
import { nameText } from '../http/parameters/name-fields.ts';
import { conflict } from '../kit/api-error.ts';
import { findNumber } from '../numbers/incoming-phone-number-store.ts';
import { MAX_SECONDS } from '../twiml/call-run.ts';
import { heldByNobody } from './control-fields.ts';

const MAX_INPUTS = 100;
const INPUT_LENGTH = 1_000;
const NAME_LENGTH = 64;

const address = z
  .string()
  .transform((text) => readCallAddress(text, null))
  .refine(
    (read) => read !== null,
    'must be a phone number as +14155550100, or a sip: or client: address',
  )
  .transform((read) => read ?? '');

const input = z
  .string({ error: 'must be text' })
  .max(INPUT_LENGTH, `must be at most ${INPUT_LENGTH} characters`)
  .refine((said) => said.isWellFormed() && !/[\p{Cc}]/u.test(said), 'must be one line of text');

export const callControlEndpoints = [
  controlEndpoint({
    id: 'ControlReceiveCall',
    summary: 'A call arrives from outside at a number of an account',
    method: 'POST',
    path: '/_tieline/calls',
    status: 201,
    input: z.strictObject({
      to: address,
      from: address,
      inputs: z
        .array(input, { error: 'must be a list of what the caller enters or says' })
        .max(MAX_INPUTS, `must hold at most ${MAX_INPUTS} texts`)
        .describe('The digits and sentences of the caller, in turn')
        .default([]),
      caller_name: nameText(NAME_LENGTH).optional(),
      hang_up_after: z
        .int({ error: 'must be a whole number of seconds' })
        .min(1, 'must be at least 1')
        .max(MAX_SECONDS, `must be at most ${MAX_SECONDS}`)
        .describe('Seconds')
        .optional(),
    }),
    output: CALL.schema,
    account_of: async ({ db, input }) => (await findNumber(db, input.to))?.account_sid,
    async handle(call) {
      const { tx, input: given } = call;
      const { to, from, inputs, caller_name = null, hang_up_after = null } = given;
      const number = await findNumber(tx, to);
      const account = number && (await fetchAccount(tx, number.account_sid));
      if (!account) throw heldByNobody(to);
      if (account.status !== 'active') throw conflict(`The account is ${account.status}.`);
      const received = await receiveCall(call, number, {
        from,
        caller_name,
        forwarded_from: null,
        inputs,
        hang_up_after,
        hops: 0,
        linked_sid: null,
      });
      return presentCall(received);
    },
  }),
];
