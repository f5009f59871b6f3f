import { dispositionOf } from '../carrier/destination.ts';
import type { EpochMs } from '../kit/utc.ts';
import { categoryOf, type Message } from '../messages/message.ts';
import { segmentsOf } from '../messages/segments.ts';
import {
  type Course,
  type LogPlan,
  momentOf,
  type Planned,
  statusEntry,
  timelineOf,
} from './first-log-plan.ts';

/** The texts of sent messages and their replies. */
const EXCHANGES: readonly (readonly [sent: string, reply: string | null])[] = [
  ['Your table for two is booked for 19:00. Reply NO if you cannot come.', 'Thank you, see you!'],
  ['Your code is 402 118. It is good for ten minutes.', null],
  ['Ihr Paket kommt heute zwischen 14 und 16 Uhr.', 'Bitte beim Nachbarn abgeben, danke'],
  ['Your order has left our house.', 'When will it be here?'],
  ['Votre rendez-vous est confirmé pour demain, 9 h 30.', 'Merci, à demain 👍'],
  ['We are closed on Monday. Everything else stays as it is.', null],
  ['ご予約は明日の午前10時です。', 'ありがとうございます'],
  ['Your car is ready. You can fetch it until 18:00 today.', 'On my way'],
  ['موعدك غدًا الساعة العاشرة صباحًا.', 'شكرا جزيلا'],
  [
    'This is what is new with us: longer hours on Thursday, a second room upstairs, and a menu ' +
      'for children. If you would rather not hear from us, a word is enough, and we stop writing.',
    'NO',
  ],
];
const COUNT = 37;
/** The last digits of other people's numbers. Some decide the outcome of a message. */
const OTHERS = ['0110', '0113', '0117', '0121', '0003', '0126', '0134', '0002', '0142', '0155'];
const FAILING = '0004';
const REPLY_MS = 4 * 60_000;

/** Plans messages in both directions, and sent ones with every state that a message can reach. */
export function planMessages(plan: LogPlan): Planned<Message>[] {
  return Array.from({ length: COUNT }, (_, at) => exchange(plan, at)).flat();
}

function exchange(plan: LogPlan, at: number): Planned<Message>[] {
  const [sent, reply] = EXCHANGES[at % EXCHANGES.length] ?? ['', null];
  const ending = at % 17 === 11 ? FAILING : (OTHERS[(at * 3) % OTHERS.length] ?? '');
  const number = plan.numbers[at % 4 === 3 ? 2 : at % 2];
  if (!number) return [];
  const other = `+1415555${ending}`;
  const when = momentOf(plan, at, COUNT);
  const { account_sid, sidOf } = plan;
  const out: Message = {
    ...PLAIN,
    ...outcomeOf(other, when),
    sid: sidOf('SM', `message ${at}`),
    account_sid,
    root_sid: account_sid,
    to: other,
    from: number.phone_number,
    body: sent,
    direction: 'outbound-api',
    num_segments: segmentsOf(sent),
    date_created: when,
  };
  const planned = [meant(out, 'outbound', number.type)];
  if (reply === null || out.status !== 'delivered') return planned;
  const back = when + REPLY_MS + plan.draw(1_000) * 1_000;
  const answer: Message = {
    ...PLAIN,
    sid: sidOf('SM', `reply ${at}`),
    account_sid,
    root_sid: account_sid,
    to: number.phone_number,
    from: other,
    body: reply,
    status: 'received',
    direction: 'inbound',
    num_segments: segmentsOf(reply),
    date_sent: back,
    date_created: back,
    date_updated: back,
  };
  return [...planned, meant(answer, 'inbound', number.type)];
}

const PLAIN = {
  num_media: 0,
  price_micro: null,
  error_code: null,
  messaging_service_sid: null,
  status_callback: null,
  send_at: null,
  discards_body: 0,
  callback_by_grant: null,
  created_by_grant: null,
  carrier_cost_micro: null,
  carrier_cost_currency: null,
} as const;

/** The outcome that the simulated carrier would give. */
function outcomeOf(
  to: string,
  when: EpochMs,
): Pick<Message, 'status' | 'error_code' | 'date_sent' | 'date_updated'> {
  const isSent = { date_sent: when + SENT_MS, date_updated: when + ENDED_MS, error_code: null };
  switch (dispositionOf(to)) {
    case 'busy':
      return { ...isSent, status: 'undelivered', error_code: 30003 };
    case 'no-answer':
      return { ...isSent, status: 'sent', date_updated: when + SENT_MS };
    case 'fails':
      return {
        status: 'failed',
        error_code: 30008,
        date_sent: null,
        date_updated: when + ENDED_MS,
      };
    case 'invalid':
    case 'machine':
    case 'stays':
    case 'answers':
      return { ...isSent, status: 'delivered' };
  }
}

const SENDING_MS = 40;
const SENT_MS = 150;
const ENDED_MS = 560;

function courseOf({ status, error_code, direction }: Message): Course {
  if (direction === 'inbound') return [[0, statusEntry('received')]];
  const begun: Course = [
    [0, statusEntry('queued')],
    [SENDING_MS, statusEntry('sending')],
  ];
  const sent: Course = status === 'failed' ? [] : [[SENT_MS, statusEntry('sent')]];
  if (status === 'sent') return [...begun, ...sent];
  const ending = statusEntry(status, error_code === null ? {} : { error_code });
  return [...begun, ...sent, [ENDED_MS, ending]];
}

function meant(
  row: Message,
  way: 'inbound' | 'outbound',
  type: Parameters<typeof categoryOf>[1]['type'],
): Planned<Message> {
  const { sid: key, account_sid, num_segments: count, date_created: at } = row;
  const category = categoryOf(way, { is_mms: false, type });
  return {
    row,
    timeline: timelineOf(row, courseOf(row)),
    used: { account_sid, category, count, key, at },
  };
}
