import type { CreateTableBuilder, Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Numbers, messages, calls and recordings, and the inbox of tasks. */
export const acting: Migration = {
  async up(db: Kysely<unknown>) {
    await createNumbers(db);
    await createMessages(db);
    await createCalls(db);
    await createRecordings(db);
    await createCarrier(db);
  },
};

type Column = readonly [name: string, type: 'text' | 'bigint' | 'integer', isNull?: 'null'];

/** Makes a table of things with SIDs, each of an account, that are listed newest first. */
async function createList(db: Kysely<unknown>, table: string, columns: readonly Column[]) {
  let creation = db.schema
    .createTable(table)
    .addColumn('sid', 'text', (column) => column.primaryKey())
    .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'));
  creation = withColumns(creation, [
    ...columns,
    ['created_by_grant', 'text', 'null'],
    ['date_created', 'bigint'],
    ['date_updated', 'bigint'],
  ]);
  await creation.execute();
  await createIndex(db, table, 'by_account', ['account_sid', 'date_created', 'sid']);
}

function withColumns(
  creation: CreateTableBuilder<string, string>,
  columns: readonly Column[],
): CreateTableBuilder<string, string> {
  let all = creation;
  for (const [name, type, isNull] of columns) {
    all = all.addColumn(name, type, (column) => (isNull ? column : column.notNull()));
  }
  return all;
}

async function createIndex(
  db: Kysely<unknown>,
  table: string,
  name: string,
  columns: readonly string[],
): Promise<void> {
  await db.schema
    .createIndex(`${table}_${name}`)
    .on(table)
    .columns([...columns] as never[])
    .execute();
}

async function createNumbers(db: Kysely<unknown>): Promise<void> {
  await createList(db, 'incoming_phone_numbers', [
    ['phone_number', 'text'],
    ['friendly_name', 'text'],
    ['type', 'text'],
    ['iso_country', 'text'],
    ['address_sid', 'text', 'null'],
    ['bundle_sid', 'text', 'null'],
    ['identity_sid', 'text', 'null'],
    ['emergency_address_sid', 'text', 'null'],
    ['emergency_status', 'text'],
    ['sms_application_sid', 'text', 'null'],
    ['sms_url', 'text', 'null'],
    ['sms_method', 'text'],
    ['sms_fallback_url', 'text', 'null'],
    ['sms_fallback_method', 'text'],
    ['status_callback', 'text', 'null'],
    ['status_callback_method', 'text'],
    ['trunk_sid', 'text', 'null'],
    ['voice_application_sid', 'text', 'null'],
    ['voice_caller_id_lookup', 'integer'],
    ['voice_receive_mode', 'text'],
    ['voice_url', 'text', 'null'],
    ['voice_method', 'text'],
    ['voice_fallback_url', 'text', 'null'],
    ['voice_fallback_method', 'text'],
    ['url_grants', 'text'],
  ]);
  await db.schema
    .createIndex('incoming_phone_numbers_by_number')
    .on('incoming_phone_numbers')
    .column('phone_number')
    .unique()
    .execute();
}

async function createMessages(db: Kysely<unknown>): Promise<void> {
  await createList(db, 'messages', [
    ['to', 'text'],
    ['from', 'text', 'null'],
    ['body', 'text', 'null'],
    ['status', 'text'],
    ['direction', 'text'],
    ['num_segments', 'integer'],
    ['num_media', 'integer'],
    ['price_micro', 'bigint', 'null'],
    ['error_code', 'integer', 'null'],
    ['messaging_service_sid', 'text', 'null'],
    ['date_sent', 'bigint', 'null'],
    ['status_callback', 'text', 'null'],
    ['send_at', 'bigint', 'null'],
    ['discards_body', 'integer'],
    ['callback_by_grant', 'text', 'null'],
  ]);
  await createList(db, 'message_media', [
    ['message_sid', 'text'],
    ['content_type', 'text'],
    ['source_url', 'text', 'null'],
    ['content', 'text', 'null'],
  ]);
  await createIndex(db, 'message_media', 'by_message', ['message_sid', 'date_created', 'sid']);
  await withColumns(
    db.schema
      .createTable('message_feedback')
      .addColumn('message_sid', 'text', (column) => column.primaryKey()),
    [
      ['account_sid', 'text'],
      ['outcome', 'text'],
      ['created_by_grant', 'text', 'null'],
      ['date_created', 'bigint'],
      ['date_updated', 'bigint'],
    ],
  ).execute();
  const optOuts = withColumns(db.schema.createTable('message_opt_outs'), [
    ['account_sid', 'text'],
    ['phone_number', 'text'],
    ['recipient', 'text'],
    ['date_created', 'bigint'],
  ]);
  await optOuts
    .addPrimaryKeyConstraint('message_opt_outs_key', ['account_sid', 'phone_number', 'recipient'])
    .execute();
}

async function createCalls(db: Kysely<unknown>): Promise<void> {
  await createList(db, 'calls', [
    ['parent_call_sid', 'text', 'null'],
    ['to', 'text'],
    ['from', 'text'],
    ['phone_number_sid', 'text', 'null'],
    ['status', 'text'],
    ['direction', 'text'],
    ['start_time', 'bigint', 'null'],
    ['end_time', 'bigint', 'null'],
    ['duration', 'integer', 'null'],
    ['price_micro', 'bigint', 'null'],
    ['answered_by', 'text', 'null'],
    ['forwarded_from', 'text', 'null'],
    ['caller_name', 'text', 'null'],
    ['trunk_sid', 'text', 'null'],
    ['status_callback', 'text', 'null'],
    ['status_callback_method', 'text'],
    ['status_callback_events', 'text'],
    ['status_callbacks', 'integer'],
    ['options', 'text'],
    ['url_by_grant', 'text', 'null'],
  ]);
  await createIndex(db, 'calls', 'by_parent', ['parent_call_sid']);
  const timeline = withColumns(db.schema.createTable('timeline'), [
    ['resource_sid', 'text'],
    ['number', 'integer'],
    ['account_sid', 'text'],
    ['date_created', 'bigint'],
    ['kind', 'text'],
    ['detail', 'text'],
    ['delivery_sid', 'text', 'null'],
  ]);
  await timeline.addPrimaryKeyConstraint('timeline_key', ['resource_sid', 'number']).execute();
}

async function createRecordings(db: Kysely<unknown>): Promise<void> {
  await createList(db, 'recordings', [
    ['call_sid', 'text'],
    ['status', 'text'],
    ['channels', 'integer'],
    ['source', 'text'],
    ['track', 'text'],
    ['start_time', 'bigint'],
    ['duration', 'integer', 'null'],
    ['price_micro', 'bigint', 'null'],
    ['status_callback', 'text', 'null'],
    ['status_callback_method', 'text'],
    ['status_callback_events', 'text'],
    ['callback_by_grant', 'text', 'null'],
    ['date_deleted', 'bigint', 'null'],
  ]);
  await createIndex(db, 'recordings', 'by_call', ['call_sid', 'date_created', 'sid']);
  await createList(db, 'transcriptions', [
    ['recording_sid', 'text'],
    ['status', 'text'],
    ['type', 'text'],
    ['duration', 'integer', 'null'],
    ['price_micro', 'bigint', 'null'],
    ['transcription_text', 'text', 'null'],
  ]);
  await createIndex(db, 'transcriptions', 'by_recording', ['recording_sid', 'date_created', 'sid']);
}

async function createCarrier(db: Kysely<unknown>): Promise<void> {
  await withColumns(
    db.schema
      .createTable('carrier_tasks')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid')),
    [
      ['kind', 'text'],
      ['step', 'text'],
      ['date_next', 'bigint'],
      ['lease', 'text', 'null'],
      ['leased_until', 'bigint', 'null'],
      ['failures', 'integer'],
    ],
  ).execute();
  await createIndex(db, 'carrier_tasks', 'by_date_next', ['date_next', 'sid']);

  await withColumns(
    db.schema
      .createTable('test_credentials')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('account_sid', 'text', (column) =>
        column.notNull().unique().references('accounts.sid'),
      ),
    [
      ['digest', 'text'],
      ['sealed', 'text'],
      ['sealed_with', 'text'],
      ['date_created', 'bigint'],
    ],
  ).execute();
}
