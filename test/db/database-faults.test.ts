import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  ENGINES,
  loginOf,
  type Reply,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { endConnections } from '../support/test-database.ts';

/** Only PostgreSQL is a server that can be lost or shared with a hanging process. */
const POSTGRES = ENGINES.filter((engine) => engine === 'postgres');

/** The pause between two requests of an account that others must not disturb. */
const BETWEEN_MS = 40;

const answers = (replies: readonly Reply[]) => [...new Set(replies.map(({ status }) => status))];
const make = (app: TestApp, account: TestAccount) =>
  app.post('/v1/ByocTrunks', loginOf(account), { FriendlyName: 'One' });
const meter = (app: TestApp, { sid }: TestAccount, key: string) =>
  app.control('POST', '/usage', { account_sid: sid, category: 'sms', key });

for (const engine of POSTGRES) {
  test('a connection that is lost during its use is a 503, and the process goes on', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const replies: Reply[] = [];
    const story = { isOver: false };
    const ask = async (write: boolean) => {
      while (!story.isOver) {
        replies.push(
          write
            ? await app.post('/v1/ByocTrunks', login, {})
            : await app.get('/v1/ByocTrunks', login),
        );
      }
    };
    const load = Array.from({ length: 8 }, (_, index) => ask(index % 2 === 0));
    for (let round = 0; round < 20; round += 1) {
      await sleep(25);
      await endConnections(urlOf(app), { wait_ms: 0 });
    }
    story.isOver = true;
    await Promise.all(load);
    await endConnections(urlOf(app));
    assert.deepEqual(
      answers(replies).filter((status) => ![200, 201, 503].includes(status)),
      [],
    );
    const refused = replies.filter(({ status }) => status === 503);
    assert.ok(refused.length > 0, 'no connection was lost in use');
    for (const { headers } of refused) assert.equal(headers['retry-after'], '1');
    // Answered writes are stored, and refused writes left nothing.
    const made = replies.filter(({ status }) => status === 201).length;
    const { json } = await app.get('/v1/ByocTrunks?PageSize=1000', login);
    assert.ok(json.byoc_trunks.length >= made);
    assert.equal((await app.post('/v1/ByocTrunks', login, {})).status, 201);
  });

  test("a silent server's connection is dropped as soon as the server can be reached anew", async () => {
    await using direct = await testApp({ engine });
    const account = await direct.anAccount();
    await using way = await wayTo(urlOf(direct));
    await using app = await testApp({
      engine,
      config: {
        data: { engine: 'postgres', url: way.url },
        secretKeys: direct.app.config.secretKeys,
      },
    });
    const reads = () =>
      Promise.all(Array.from({ length: 9 }, () => app.get('/v1/ByocTrunks', loginOf(account))));
    assert.deepEqual(answers(await reads()), [200]);
    way.silence();
    // The present connections stay silent, and new ones are served.
    const refused = await make(app, account);
    assert.equal(refused.status, 503, refused.text);
    assert.equal(refused.headers['retry-after'], '1');
    assert.equal((await make(app, account)).status, 201, 'the next write met a silent connection');
    assert.deepEqual(answers(await reads()), [200]);
  });

  test('a locked account is a 503 after seconds, and other accounts go on', async () => {
    await using app = await testApp({ engine });
    const [locked, free] = [await app.anAccount(), await app.anAccount()];
    await using other = await session(urlOf(app));
    await other.query('begin');
    await other.query(`select * from accounts where sid = '${locked.sid}' for update`);

    const story = { isOver: false };
    const waiting = Promise.all([meter(app, locked, '1'), meter(app, locked, '2')]).finally(() => {
      story.isOver = true;
    });
    const meanwhile: number[] = [];
    for (let number = 0; !story.isOver; number += 1) {
      const reply = await meter(app, free, `free ${number}`);
      if (!story.isOver) meanwhile.push(reply.status);
      await sleep(BETWEEN_MS);
    }
    for (const reply of await waiting) {
      assert.equal(reply.status, 503, reply.text);
      assert.equal(reply.headers['retry-after'], '1');
    }
    assert.ok(meanwhile.length > 20, `only ${meanwhile.length} writes of others were answered`);
    assert.deepEqual([...new Set(meanwhile)], [200]);
    await other.query('rollback');
    assert.equal((await meter(app, locked, '1')).status, 200);
  });

  test('a process that freezes in a transaction loses its locks', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await using frozen = await testApp({
      engine,
      config: { data: app.app.config.data, secretKeys: app.app.config.secretKeys },
    });
    const tx = await frozen.app.database.db.startTransaction().execute();
    await tx
      .selectFrom('accounts')
      .selectAll()
      .where('sid', '=', account.sid)
      .forUpdate()
      .execute();
    let reply = await meter(app, account, '1');
    for (let tries = 0; reply.status === 503 && tries < 5; tries += 1) {
      reply = await meter(app, account, '1');
    }
    assert.equal(reply.status, 200, reply.text);
    await assert.rejects(tx.commit().execute());
    await assert.rejects(tx.rollback().execute());
    assert.equal((await meter(frozen, account, '2')).status, 200);
  });
}

for (const engine of POSTGRES) {
  test('a start waits for a database server that recovers', async () => {
    await using direct = await testApp({ engine });
    const account = await direct.anAccount();
    await using way = await wayTo(urlOf(direct), { refusals: 2 });
    await using app = await testApp({
      engine,
      config: {
        data: { engine: 'postgres', url: way.url },
        secretKeys: direct.app.config.secretKeys,
      },
    });
    assert.equal(way.refused(), 2);
    assert.equal((await app.get('/v1/ByocTrunks', loginOf(account))).status, 200);
    assert.ok(app.logLines.some((line) => line.includes('the database is starting up')));
  });
}

function urlOf({ app }: TestApp): string {
  return app.config.data.engine === 'postgres' ? app.config.data.url : '';
}

/** A session of somebody else in the same database, with no limits of time. */
async function session(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    query: (text: string) => client.query(text),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** The message of a server that recovers after a crash (PostgreSQL's ErrorResponse). */
function startingUp(): Buffer {
  const fields = ['SFATAL', 'C57P03', 'Mthe database system is starting up', ''];
  const body = Buffer.from(fields.map((field) => `${field}\0`).join(''));
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/**
 * A connection to a database server that can go silent, like a network that loses every packet.
 * @param refusals the number of first connections that hear that the server is starting up
 */
async function wayTo(target: string, { refusals = 0 } = {}) {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let refused = 0;
  const server = createServer((near) => {
    if (refused < refusals) {
      refused += 1;
      near.once('data', () => near.end(startingUp()));
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    refused: () => refused,
    /** Silences the present connections both ways without closing them. */
    silence() {
      for (const socket of open) socket.unpipe().pause();
      open.clear();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
