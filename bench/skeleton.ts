import { hash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fastify } from 'fastify';

/**
 * The smallest server that can answer the bench's three requests: Fastify, `node:sqlite` and a
 * token check, with the same rows and the same JSON as Tieline. The product is compared with it, so
 * it is written to be fast and leaves out everything else.
 *
 * `node bench/skeleton.ts PORT FOLDER` reads FOLDER/seed.json and keeps its database there.
 */

/** One row as the API shows it. */
interface App {
  readonly sid: string;
  readonly account_sid: string;
  readonly permissions: readonly string[];
  readonly uri: string;
  readonly [text: string]: unknown;
}

interface Seed {
  readonly login: { readonly username: string; readonly password: string };
  /** Newest first. */
  readonly apps: readonly App[];
}

type Row = Record<string, string | number | null>;

const TEXTS = [
  'account_sid',
  'authorize_redirect_url',
  'company_name',
  'deauthorize_callback_method',
  'deauthorize_callback_url',
  'description',
  'friendly_name',
  'homepage_url',
] as const;
const PAGE_SIZE = 50;

const [port = '0', folder = '.'] = process.argv.slice(2);
const seed = JSON.parse(readFileSync(join(folder, 'seed.json'), 'utf8')) as Seed;
const db = new DatabaseSync(join(folder, 'skeleton.db'));
db.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS tokens (account_sid TEXT PRIMARY KEY, digest BLOB) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS apps (
    sid TEXT PRIMARY KEY, ${TEXTS.map((name) => `${name} TEXT`).join(', ')},
    permissions TEXT, date_created INTEGER, date_updated INTEGER
  );
  CREATE INDEX IF NOT EXISTS apps_by_date ON apps (account_sid, date_created, sid);
`);
fill();

const selectToken = db.prepare('SELECT digest FROM tokens WHERE account_sid = ?');
const selectApp = db.prepare('SELECT * FROM apps WHERE account_sid = ? AND sid = ?');
const selectApps = db.prepare(
  `SELECT * FROM apps WHERE account_sid = ?
   ORDER BY date_created DESC, sid DESC LIMIT ${PAGE_SIZE + 1}`,
);
const updateApp = db.prepare(
  `UPDATE apps SET friendly_name = ?, date_updated = ?
   WHERE account_sid = ? AND sid = ? RETURNING *`,
);

const server = fastify();
server.addContentTypeParser(
  'application/x-www-form-urlencoded',
  { parseAs: 'string' },
  (_request, body, done) => done(null, new URLSearchParams(body as string)),
);
server.addHook('onRequest', (request, reply, done) => {
  const { account = '' } = request.params as { account?: string };
  if (isKnown(account, request.headers.authorization ?? '')) done();
  else void reply.code(401).send();
});

const LIST = '/2010-04-01/Accounts/:account/ConnectApps';
interface Params {
  readonly account: string;
  /** The SID with `.json`. */
  readonly file: string;
}
server.get<{ Params: Params }>(`${LIST}/:file`, ({ params }, reply) => {
  const row = selectApp.get(params.account, params.file.slice(0, -5)) as Row | undefined;
  return row ? present(row) : reply.code(404).send();
});
server.get<{ Params: Params }>(`${LIST}.json`, ({ params }) => {
  const rows = selectApps.all(params.account) as Row[];
  const shown = rows.slice(0, PAGE_SIZE);
  const uri = `/2010-04-01/Accounts/${params.account}/ConnectApps.json?Page=`;
  const last = shown.at(-1);
  const next = `${uri}1&PageSize=${PAGE_SIZE}&PageToken=${last?.['date_created']}-${last?.['sid']}`;
  return {
    end: shown.length - 1,
    first_page_uri: `${uri}0&PageSize=${PAGE_SIZE}`,
    next_page_uri: rows.length > PAGE_SIZE ? next : null,
    page: 0,
    page_size: PAGE_SIZE,
    previous_page_uri: null,
    start: 0,
    uri: `${uri}0&PageSize=${PAGE_SIZE}`,
    connect_apps: shown.map(present),
  };
});
// The statement is its own transaction, so it is durable before `get` returns.
server.post<{ Params: Params; Body: URLSearchParams }>(
  `${LIST}/:file`,
  ({ params, body }, reply) => {
    const sid = params.file.slice(0, -5);
    const name = body.get('FriendlyName');
    const row = updateApp.get(name, Date.now(), params.account, sid) as Row | undefined;
    return row ? present(row) : reply.code(404).send();
  },
);
await server.listen({ host: '127.0.0.1', port: Number(port) });

function isKnown(account: string, authorization: string): boolean {
  const given = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
  const colon = given.indexOf(':');
  const username = given.slice(0, colon);
  const row = selectToken.get(username) as { digest: Uint8Array } | undefined;
  const digest = hash('sha256', given.slice(colon + 1), 'buffer');
  return row !== undefined && timingSafeEqual(digest, row.digest) && username === account;
}

function present(row: Row) {
  return {
    account_sid: row['account_sid'],
    authorize_redirect_url: row['authorize_redirect_url'],
    company_name: row['company_name'],
    deauthorize_callback_method: row['deauthorize_callback_method'],
    deauthorize_callback_url: row['deauthorize_callback_url'],
    description: row['description'],
    friendly_name: row['friendly_name'],
    homepage_url: row['homepage_url'],
    permissions: JSON.parse(String(row['permissions'])) as string[],
    sid: row['sid'],
    uri: `/2010-04-01/Accounts/${row['account_sid']}/ConnectApps/${row['sid']}.json`,
  };
}

function fill(): void {
  const { username, password } = seed.login;
  const insertToken = db.prepare('INSERT OR IGNORE INTO tokens VALUES (?, ?)');
  insertToken.run(username, hash('sha256', password, 'buffer'));
  const insertApp = db.prepare(
    `INSERT OR IGNORE INTO apps (sid, ${TEXTS.join(', ')}, permissions, date_created, date_updated)
     VALUES (${Array.from({ length: TEXTS.length + 4 }, () => '?').join(', ')})`,
  );
  for (const [index, app] of seed.apps.toReversed().entries()) {
    const texts = TEXTS.map((name) => app[name] as string | null);
    insertApp.run(app.sid, ...texts, JSON.stringify(app.permissions), index, index);
  }
}
