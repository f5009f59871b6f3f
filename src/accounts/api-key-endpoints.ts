import {
  createEndpoint,
  deleteEndpoint,
  type Endpoint,
  fetchEndpoint,
  listEndpoint,
  updateEndpoint,
} from '../http/endpoint.ts';
import { FRIENDLY_NAME_LENGTH, fields } from '../http/parameters/fields.ts';
import { clearableName } from '../http/parameters/name-fields.ts';
import { orNotFound } from '../kit/api-error.ts';
import { KEY, NEW_KEY, NEW_SIGNING_KEY, presentKey, SIGNING_KEY } from './api-key.ts';
import { fetchApiKey, listApiKeys, updateApiKey } from './api-key-store.ts';
import { createApiKey } from './create-api-key.ts';
import { removeApiKey } from './remove-api-key.ts';

const input = fields({ FriendlyName: clearableName(FRIENDLY_NAME_LENGTH).optional() });

/** The same five operations under `Keys` and under `SigningKeys`. */
function keyEndpoints(
  segment: 'Keys' | 'SigningKeys',
  resource: typeof KEY,
  newResource: typeof NEW_KEY,
): Endpoint[] {
  const list = `/2010-04-01/Accounts/:AccountSid/${segment}` as const;
  const instance = `${list}/:Sid` as const;
  const name = resource.element;
  return [
    listEndpoint({
      id: `List${name}`,
      summary: 'The API keys of the account, without their secrets',
      path: list,
      operation: 'key.read',
      resource,
      handle: ({ db, account_sid }, page) => listApiKeys(db, account_sid, page),
      present: presentKey,
    }),
    createEndpoint({
      id: `Create${name === 'Key' ? 'NewKey' : 'NewSigningKey'}`,
      summary: 'Makes a Standard key; its secret is in this answer only',
      path: list,
      operation: 'key.write',
      input,
      resource: newResource,
      async handle(call) {
        const friendly_name = call.input.friendly_name ?? null;
        const { account_sid, root_sid } = call;
        const wanted = { account_sid, root_sid, friendly_name, kind: 'standard' } as const;
        const made = await createApiKey(call, wanted);
        return { ...presentKey(made.key), secret: made.secret };
      },
    }),
    fetchEndpoint({
      id: `Fetch${name}`,
      summary: 'One API key, without its secret',
      path: instance,
      operation: 'key.read',
      resource,
      find: ({ db, account_sid, path }) => fetchApiKey(db, account_sid, path.Sid),
      present: presentKey,
    }),
    updateEndpoint({
      id: `Update${name}`,
      summary: 'Renames an API key',
      path: instance,
      operation: 'key.write',
      input,
      resource,
      async handle(call) {
        const { tx, now, account_sid, path } = call;
        const before = orNotFound(await fetchApiKey(tx, account_sid, path.Sid));
        const { friendly_name } = call.input;
        if (friendly_name === undefined) return presentKey(before);
        const changes = { friendly_name, date_updated: now };
        const key = orNotFound(await updateApiKey(tx, account_sid, path.Sid, changes));
        const detail = { friendly_name };
        call.record({ action: 'key.updated', account_sid, target_sid: key.sid, detail });
        return presentKey(key);
      },
    }),
    deleteEndpoint({
      id: `Delete${name}`,
      summary: 'Deletes an API key; it stops working immediately',
      path: instance,
      operation: 'key.write',
      resource,
      ends_access: true,
      handle: (call) => removeApiKey(call, call.account_sid, call.path.Sid),
    }),
  ];
}

export const apiKeyEndpoints = [
  ...keyEndpoints('Keys', KEY, NEW_KEY),
  ...keyEndpoints('SigningKeys', SIGNING_KEY, NEW_SIGNING_KEY),
];
