import { fetchActingAccount } from '../accounts/account-store.ts';
import {
  createEndpoint,
  deleteEndpoint,
  fetchEndpoint,
  listEndpoint,
  updateEndpoint,
} from '../http/endpoint.ts';
import { dateFilters, spanOf } from '../http/parameters/date-filters.ts';
import {
  callbackUrl,
  clearableText,
  fields,
  httpMethod,
  oneOf,
  sidReference,
} from '../http/parameters/fields.ts';
import { orNotFound } from '../kit/api-error.ts';
import { readEnds, readFilterEnds } from '../numbers/read-ends.ts';
import { CALL, CALL_STATUSES, presentCall } from './call.ts';
import { instructionUrl, NEW_CALL_FIELDS, newCallOf, timeLimit, twimlText } from './call-fields.ts';
import { fetchCall, listCalls } from './call-store.ts';
import { changeCall, deleteCall } from './change-call.ts';
import { makeCall } from './make-call.ts';
import { pretendCall } from './pretend-call.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/Calls' as const;
const INSTANCE = `${LIST}/:Sid` as const;
const ADDRESS_LENGTH = 512;

/** A number or address as a filter. */
const address = clearableText(ADDRESS_LENGTH);

export const callEndpoints = [
  listEndpoint({
    id: 'ListCall',
    summary: 'The calls of the account, the newest first',
    path: LIST,
    operation: 'resource.read',
    input: fields({
      To: address.optional(),
      From: address.optional(),
      ParentCallSid: sidReference('CA').optional(),
      Status: oneOf(CALL_STATUSES).optional(),
      ...dateFilters('StartTime'),
      ...dateFilters('EndTime'),
    }),
    resource: CALL,
    async handle({ db, account_sid, input }, page) {
      const filter = {
        ...(await readFilterEnds(db, account_sid, input)),
        parent_call_sid: input.parent_call_sid,
        status: input.status,
        started: spanOf(input, 'start_time'),
        ended: spanOf(input, 'end_time'),
      };
      return listCalls(db, account_sid, filter, page);
    },
    present: presentCall,
  }),

  createEndpoint({
    id: 'CreateCall',
    summary: 'Makes a call; its TwiML comes from a URL or with the request',
    path: LIST,
    operation: 'resource.write',
    input: fields(NEW_CALL_FIELDS),
    resource: CALL,
    async handle(call) {
      const { tx, account_sid, input, record } = call;
      const account = orNotFound(await fetchActingAccount(tx, account_sid));
      const made = await makeCall(call, account, await readEnds(tx, account_sid, newCallOf(input)));
      record({ action: 'call.created', account_sid, target_sid: made.sid });
      return presentCall(made);
    },
    pretends: (call) => pretendCall(call, newCallOf(call.input)),
  }),

  fetchEndpoint({
    id: 'FetchCall',
    summary: 'One call',
    path: INSTANCE,
    operation: 'resource.read',
    resource: CALL,
    find: ({ db, account_sid, path }) => fetchCall(db, account_sid, path.Sid),
    present: presentCall,
  }),

  updateEndpoint({
    id: 'UpdateCall',
    summary: 'Ends a call, or runs other TwiML in it',
    path: INSTANCE,
    operation: 'resource.write',
    input: fields({
      Url: instructionUrl.optional(),
      Method: httpMethod.optional(),
      Status: oneOf(['canceled', 'completed']).optional(),
      FallbackUrl: callbackUrl.optional(),
      FallbackMethod: httpMethod.optional(),
      StatusCallback: callbackUrl.optional(),
      StatusCallbackMethod: httpMethod.optional(),
      Twiml: twimlText.optional(),
      TimeLimit: timeLimit.optional(),
    }),
    resource: CALL,
    async handle(call) {
      const { account_sid, path, input } = call;
      const { url, twiml, ...changes } = input;
      const sources = { ...(url && { url }), ...(twiml && { twiml }) };
      return presentCall(await changeCall(call, account_sid, path.Sid, { ...changes, ...sources }));
    },
  }),

  deleteEndpoint({
    id: 'DeleteCall',
    summary: 'Deletes the record of a call that has ended; its recordings stay',
    path: INSTANCE,
    operation: 'resource.write',
    resource: CALL,
    handle: (call) => deleteCall(call, call.account_sid, call.path.Sid),
  }),
];
