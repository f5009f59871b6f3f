import type { FastifyReply } from 'fastify';
import { demandAllowed } from '../../access/authenticate.ts';
import type { CredentialPlaces } from '../../access/credential-places.ts';
import type { GrantUses } from '../../access/grant-uses.ts';
import { type Caller, senderOf } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import { readsUntil } from '../../db/postgres/reads-until.ts';
import type { Answer } from '../answers/answer.ts';
import { untilGone } from '../answers/client-gone.ts';
import type { Call, Endpoint } from '../endpoint.ts';
import type { Overload } from '../guards/overload.ts';
import type { RateLimits } from '../guards/rate-limits.ts';
import { noteSender } from '../request-log.ts';
import { answerList, answerOne } from './answer-resource.ts';
import { change } from './change.ts';
import { type FileSuffixes, readContent } from './content.ts';
import { identify } from './identify.ts';
import { pretend } from './pretend.ts';
import { type ReadsAhead, recordOf } from './read-ahead.ts';
import { readRequest } from './read-request.ts';

/** The parts that all requests share. */
export interface Desk {
  readonly app: App;
  readonly overload: Overload;
  readonly limits: RateLimits;
  readonly uses: GrantUses;
  readonly places: CredentialPlaces;
  readonly reads: ReadsAhead | null;
  readonly files: FileSuffixes;
}

/**
 * Answers a request in the steps below, one after the other.
 * @throws ApiError from the first step that refuses.
 */
export async function answerEndpoint(
  desk: Desk,
  endpoint: Endpoint,
  { request, raw: response }: FastifyReply,
): Promise<Answer> {
  const { app, overload, limits, files } = desk;
  const { handle } = endpoint;
  using _underWay = endpoint.ends_access ? null : overload.enter(request);
  const { claim, caller, ahead } = await identify(desk, endpoint, request);
  noteSender(request, senderOf(caller));
  overload.note(request, caller);
  using _request = await limits.begin(caller);
  await demandAllowed(app.database.db, claim, caller, ahead.target);
  noteUse(desk, caller, request.ip);
  const asked = await readRequest(app, endpoint, request, caller);
  if (caller.kind === 'test') return await pretend(app, endpoint, caller, asked);
  const { account_sid, path, input, origin, hops, location } = asked;
  const root_sid = caller.account.owner_account_sid;
  const of = { account_sid, root_sid, path, input, origin, hops };
  const isList = 'pages' in handle || 'all' in handle;
  const { db: all } = app.database;
  const db = isList ? readsUntil(all, untilGone(response)) : all;
  const call: Call = { app, db, principal: caller, ...of };
  const content = await readContent(files, endpoint, call, location);
  if (content) return content;
  if (isList) return await answerList(endpoint, handle, call, asked);
  const value =
    'finds' in handle
      ? await recordOf(handle, call, ahead)
      : await change({ ...handle, foresees: endpoint.foresees }, call, claim, asked);
  return await answerOne(endpoint, caller, value, location.format);
}

/** Notes when a grant was last used, and from which network a credential was last used. */
function noteUse({ uses, places }: Desk, caller: Caller, peer: string | undefined): void {
  if (caller.kind === 'connect_app') uses.note(caller.grant_sid);
  places.note(caller, peer);
}
