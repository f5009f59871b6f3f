import { admitWithin, type Claim } from '../../access/authenticate.ts';
import { actorOf, type Principal } from '../../access/principal.ts';
import { type Act, act } from '../../audit/act.ts';
import type { Call, Endpoint } from '../endpoint.ts';
import { doOnce, readKeyedRequest } from './idempotency.ts';
import type { Asked } from './read-request.ts';
import { aheadOfWrite } from './write-ahead.ts';

type Write = (call: Call & Act) => Promise<unknown>;

/** The parts of an endpoint that change something. */
interface Writing {
  readonly writes: Write;
  readonly foresees: Endpoint['foresees'];
}

/**
 * Runs a write in its transaction. The transaction checks the caller once more, so a grant that was
 * revoked or a token that was changed after the request arrived stops the write.
 */
export async function change(
  { writes, foresees }: Writing,
  call: Call,
  claim: Claim,
  asked: Asked,
): Promise<unknown> {
  const { app } = call;
  const repeatable = repeatableWrite(writes, asked);
  let principal: Principal = call.principal;
  const ahead =
    foresees &&
    aheadOfWrite({ claim, principal, foresees: (tx) => foresees(tx, { ...call, db: tx }) });
  return act(
    app,
    async (tx) => {
      const within = { tx, engine: app.database.engine, now: app.now() };
      principal = await admitWithin(within, claim, call.principal);
      return actorOf(principal);
    },
    (doing) => repeatable({ ...call, ...doing, db: doing.tx, principal }),
    { lane: call.principal.account.owner_account_sid, ahead },
  );
}

/**
 * Makes a `POST` with an `Idempotency-Key` take effect once. Other requests take effect each time.
 * @throws ApiError 400 for a key that is not valid.
 */
function repeatableWrite(write: Write, { method, location, form, key }: Asked): Write {
  if (method !== 'POST' || key === undefined) return write;
  const request = readKeyedRequest(key, { method, path: location.path, form });
  return (doing) => doOnce(doing, request, () => write(doing));
}
