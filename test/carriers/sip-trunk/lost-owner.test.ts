import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Engine } from '../../../src/db/database.ts';
import { newPlace } from '../../process/place.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { basic, ENGINES } from '../../support/test-app.ts';
import { type RunningTieline, runTieline, startTieline } from '../../support/tieline-process.ts';
import { FarSide } from './far-side.ts';

const FILE = 'carriers.yaml';
/** The far side stays silent to the first number, rings at the second, and answers the others. */
const SILENT = '+15005551201';
const RINGING = '+15005551202';
const ANSWERING = '+15005551203';
const DIALLED = '+15005551204';
const FROM = '+14155550100';
const NOTICED_MS = 100;

const PAUSE = '<Response><Pause length="600"/></Response>';
const DIAL = (byoc: string) =>
  `<Response><Dial><Number byoc="${byoc}">${DIALLED}</Number></Dial></Response>`;

/** A leg with the last sign of life of its process. */
interface SeenLeg {
  readonly call_sid: string;
  readonly answered_at: number | null;
  readonly date_seen: number;
}

const LEGS =
  'select call_sid, answered_at, date_seen from legs left join leg_owners on leg_owners.id = owner';

async function listLegs(engine: Engine, data: string, cwd: string): Promise<SeenLeg[]> {
  let rows: Record<string, unknown>[];
  if (engine === 'sqlite') {
    using database = new DatabaseSync(join(cwd, data, 'tieline.db'), { timeout: 5_000 });
    rows = database.prepare(LEGS).all();
  } else {
    const client = new pg.Client({ connectionString: data });
    await client.connect();
    ({ rows } = await client.query(LEGS));
    await client.end();
  }
  return rows.map(({ call_sid, answered_at, date_seen }) => ({
    call_sid: String(call_sid),
    answered_at: answered_at === null ? null : Number(answered_at),
    date_seen: Number(date_seen),
  }));
}

interface CallJson {
  readonly sid: string;
  readonly status: string;
  readonly price: string | null;
  readonly duration: string;
  readonly parent_call_sid: string | null;
}

type Answered = CallJson & { readonly calls: readonly CallJson[] };

/** The API of a server, as its developer account. */
function apiOf(server: RunningTieline) {
  const { username } = server.developer;
  const calls = `/2010-04-01/Accounts/${username}/Calls`;
  const ask = async (path: string, form?: Record<string, string>) => {
    const reply = await server.fetch(path, {
      headers: { authorization: basic(server.developer) },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    assert.ok(reply.ok, `${path}: ${reply.status}`);
    return (await reply.json()) as Answered;
  };
  return {
    make: async (path: string, form: Record<string, string>): Promise<string> =>
      (await ask(path, form)).sid,
    call: async (form: Record<string, string>): Promise<string> =>
      (await ask(`${calls}.json`, { From: FROM, ...form })).sid,
    hangUp: (sid: string) => ask(`${calls}/${sid}.json`, { Status: 'completed' }),
    fetch: (sid: string) => ask(`${calls}/${sid}.json`),
    list: async () => (await ask(`${calls}.json`)).calls,
    buy: (PhoneNumber: string) =>
      ask(`/2010-04-01/Accounts/${username}/IncomingPhoneNumbers.json`, { PhoneNumber }),
  };
}

/** A trunk to the far side. @returns its SID */
async function aTrunk({ make }: ReturnType<typeof apiOf>, Target: string): Promise<string> {
  const policy = await make('/v1/ConnectionPolicies', {});
  await make(`/v1/ConnectionPolicies/${policy}/Targets`, { Target, Priority: '1', Weight: '1' });
  return make('/v1/ByocTrunks', { ConnectionPolicySid: policy });
}

suite('calls whose server is killed', { concurrency: ENGINES.length }, () => {
  for (const engine of ENGINES) {
    suite(engine, () =>
      test('are ended by another one, once, and cost their proven seconds', async () => {
        using folder = temporaryFolder();
        await using place = await newPlace(engine, 'data');
        await using far = await FarSide.open(({ uri }) => {
          if (uri.includes(SILENT)) return [];
          return uri.includes(RINGING) ? [180] : [180, 200];
        });
        const listen = 'kind: sip, listen: ["udp:127.0.0.1:0"], try_ms: 32000';
        writeFileSync(folder.at(FILE), `carriers: { pstn: { ${listen} } }\n`);
        const at = { cwd: folder.path, env: { TIELINE_DATA: place.data, TIELINE_CARRIERS: FILE } };
        const legs = () => listLegs(engine, place.data, folder.path);
        await using owner = await startTieline([], at);
        const api = apiOf(owner);
        const byoc = await aTrunk(api, far.address);
        await api.buy(FROM);
        const sids = {
          dialling: await api.call({ To: SILENT, Byoc: byoc, Twiml: PAUSE }),
          ringing: await api.call({ To: RINGING, Byoc: byoc, Twiml: PAUSE }),
          speaking: await api.call({ To: ANSWERING, Byoc: byoc, Twiml: PAUSE }),
          dialled: await api.call({ To: ANSWERING, Byoc: byoc, Twiml: DIAL(byoc) }),
          ending: await api.call({ To: ANSWERING, Byoc: byoc, Twiml: PAUSE }),
        };
        await far.request('INVITE', Object.keys(sids).length + 1);
        const isProven = (found: readonly SeenLeg[]) =>
          found.filter(({ answered_at: at_, date_seen }) => at_ && date_seen > at_ + 1_000)
            .length === 4;
        while (!isProven(await legs())) await sleep(NOTICED_MS);

        // PostgreSQL has a second server beside the first one, SQLite one after it.
        const starts = () => startTieline([], at);
        await using beside = engine === 'postgres' ? await starts() : null;
        await owner.end('SIGKILL');
        const proven = new Map((await legs()).map((leg) => [leg.call_sid, leg]));
        await using after = beside === null ? await starts() : null;
        const survivor = apiOf(beside ?? after ?? assert.fail());
        await survivor.hangUp(sids.ending);
        while ((await legs()).length > 0) await sleep(NOTICED_MS);

        for (const sid of [sids.dialling, sids.ringing]) {
          const { status, price } = await survivor.fetch(sid);
          assert.deepEqual([status, price], ['failed', null]);
        }
        const child = (await survivor.list()).find(
          ({ parent_call_sid }) => parent_call_sid === sids.dialled,
        );
        for (const sid of [sids.speaking, sids.dialled, child?.sid]) {
          const { answered_at, date_seen } = proven.get(sid ?? '') ?? assert.fail();
          const seconds = Math.floor((date_seen - (answered_at ?? 0)) / 1_000);
          const { status, duration } = await survivor.fetch(sid ?? '');
          assert.deepEqual([status, duration], ['completed', String(seconds)]);
        }
        assert.equal((await survivor.fetch(sids.ending)).status, 'completed');
        const ended = far.requests('BYE').map(({ call_id }) => call_id);
        const answered = far.requests('ACK').map(({ call_id }) => call_id);
        assert.deepEqual(ended.toSorted(), answered.toSorted(), 'each answered leg has one BYE');
        const { status, stdout } = await runTieline(['verify'], at);
        assert.deepEqual([status, /Everything agrees/.test(stdout)], [0, true], stdout);
      }),
    );
  }
});
