import type { Grant } from '../../src/authorizations/grant.ts';
import type { NewEntry } from '../../src/carrier/timeline.ts';
import { addToTimeline } from '../../src/carrier/timeline-store.ts';
import { insertMedia } from '../../src/messages/media-store.ts';
import type { Message } from '../../src/messages/message.ts';
import { insertMessage } from '../../src/messages/message-store.ts';
import { insertPolicy } from '../../src/voice/connection-policy-store.ts';
import { insertTarget } from '../../src/voice/target-store.ts';
import { enqueueWebhook } from '../../src/webhooks/enqueue-webhook.ts';
import { aNumber } from '../support/messages.ts';
import { aFreeNumber } from '../support/tenant.ts';
import { asSystem, type TestApp } from '../support/test-app.ts';
import { someCalls } from '../support/things-of-calls.ts';

/** The things of an app in its subaccount, one for each page of the console. */
export interface ActedOn {
  readonly number_sid: string;
  readonly policy_sid: string;
  readonly message_sid: string;
  readonly media_sid: string;
  readonly call_sid: string;
  readonly recording_sid: string;
}

/** A picture of one pixel. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const CALLBACK_URL = 'https://app.example.com/status';
const VOICE_URL = 'https://app.example.com/voice';

/** Makes the things through the stores, with every kind of entry in their timelines. */
export async function actedOn(testApp: TestApp, grant: Grant): Promise<ActedOn> {
  const { app } = testApp;
  const { subaccount_sid: account_sid, sid: created_by_grant } = grant;
  const of_account = { account_sid, root_sid: grant.account_sid };
  const by = { ...of_account, created_by_grant };
  const calls = await someCalls(testApp, account_sid, 'Something said');
  const { live_call_sid: call_sid, recording_sid } = calls;
  const number = await aNumber(testApp, { sid: account_sid }, aFreeNumber(), {
    created_by_grant,
    sms_url: VOICE_URL,
    url_grants: JSON.stringify({ sms_url: created_by_grant }),
  });
  const policy_sid = app.newSid('NY');
  const message = aMessage(testApp, { ...by, from: number.phone_number });
  const media_sid = app.newSid('ME');
  await asSystem(testApp, async (doing) => {
    const { tx, now } = doing;
    const dates = { date_created: now, date_updated: now };
    await insertMessage(tx, message);
    await insertPolicy(tx, { ...by, ...dates, sid: policy_sid, friendly_name: 'Carriers' });
    await insertTarget(tx, {
      ...by,
      ...dates,
      sid: app.newSid('NE'),
      connection_policy_sid: policy_sid,
      friendly_name: null,
      target: 'sip:203.0.113.20;transport=tcp',
      priority: 10,
      weight: 10,
      enabled: 1,
    });
    await insertMedia(tx, [
      {
        ...by,
        ...dates,
        sid: media_sid,
        message_sid: message.sid,
        content_type: 'image/png',
        source_url: null,
        content: PIXEL.toString('base64'),
      },
    ]);
    const delivery_sid = await enqueueWebhook(doing, {
      ...of_account,
      signing_account_sid: account_sid,
      connect_app_sid: grant.connect_app_sid,
      kind: 'message-status',
      url: CALLBACK_URL,
      method: 'POST',
      body_kind: 'form',
      payload: {},
      retry: 'callback',
    });
    const told = { url: CALLBACK_URL, method: 'POST', status: 'undelivered' };
    await addToTimeline(tx, message, now, [
      { kind: 'status', detail: { status: 'undelivered', error_code: 30003 } },
      { kind: 'callback', detail: told, delivery_sid },
    ]);
    await addToTimeline(tx, { sid: call_sid, ...of_account }, now, COURSE_OF_A_CALL);
  });
  const { sid: number_sid } = number;
  return { number_sid, policy_sid, message_sid: message.sid, media_sid, call_sid, recording_sid };
}

const COURSE_OF_A_CALL: readonly NewEntry[] = [
  { kind: 'status', detail: { status: 'ringing' } },
  { kind: 'request', detail: { method: 'POST', url: VOICE_URL, status: 200, ms: 12 } },
  {
    kind: 'twiml',
    detail: {
      url: VOICE_URL,
      content_type: 'text/xml',
      text: '<Response><Say>Good morning</Say></Response>',
      is_cut: false,
    },
  },
  { kind: 'verb', detail: { name: 'Say', line: 1, attributes: {}, text: 'Good morning' } },
  {
    kind: 'request',
    detail: { method: 'POST', url: VOICE_URL, status: null, ms: 3, error: 'No.' },
  },
  { kind: 'note', detail: { code: 12_200, message: 'There is no such verb.', line: 2 } },
];

/** A message that did not arrive. */
function aMessage(
  { app }: Pick<TestApp, 'app'>,
  fields: Partial<Message> & Pick<Message, 'account_sid' | 'root_sid'>,
): Message {
  const now = app.now();
  return {
    sid: app.newSid('SM'),
    to: '+14155550199',
    from: '+14155550100',
    body: 'Hello',
    status: 'undelivered',
    direction: 'outbound-api',
    num_segments: 1,
    num_media: 1,
    price_micro: 20_000,
    error_code: 30003,
    messaging_service_sid: null,
    date_sent: now,
    status_callback: CALLBACK_URL,
    send_at: null,
    discards_body: 0,
    carrier_cost_micro: null,
    carrier_cost_currency: null,
    callback_by_grant: fields.created_by_grant ?? null,
    created_by_grant: null,
    date_created: now,
    date_updated: now,
    ...fields,
  };
}
