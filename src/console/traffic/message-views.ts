import { html } from 'hono/html';
import { shownAs } from '../../http/answers/file-headers.ts';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import { withoutPassword } from '../../kit/user-info.ts';
import type { MediaEntry } from '../../messages/media.ts';
import { hasEnded, MESSAGE_STATUSES, type Message } from '../../messages/message.ts';
import { messageErrorText } from '../../messages/message-error.ts';
import { code, moment } from '../../pages/widgets.ts';
import { counted } from '../parts/console-views.ts';
import { nameOfDoer, type Whose } from '../parts/whose.ts';
import { messagesPath, notedPath } from './call-paths.ts';
import {
  emptyLog,
  excerpt,
  logBody,
  logEntry,
  makerFacts,
  priceLine,
  routeOf,
  stateTag,
} from './log-views.ts';
import type { Log } from './read-log.ts';
import type { readTimeline } from './read-timeline.ts';
import { timelineSection } from './timeline-views.ts';

/** The views of messages. A text in any script and with any content is shown as it is. */

export const MESSAGE_DIRECTIONS = {
  inbound: 'Incoming',
  'outbound-api': 'Outgoing',
  'outbound-reply': 'Outgoing, a reply',
  'outbound-call': 'Outgoing, from a call',
} as const satisfies Record<Message['direction'], string>;

export function messagesBody(call: AccountCall, log: Log<Message>): Html {
  const own = messagesPath(call.account.sid);
  return logBody(call, log, {
    own,
    label: 'Messages',
    directions: MESSAGE_DIRECTIONS,
    statuses: MESSAGE_STATUSES,
    entry: (message) => messageEntry(call, log.whose, message),
    none: () => noMessages(call, log.own_number),
  });
}

function messageEntry(call: AccountCall, whose: Whose, message: Message): Html {
  const { body, error_code } = message;
  const facts = [
    MESSAGE_DIRECTIONS[message.direction],
    message.num_segments > 1 ? counted(message.num_segments, 'segment') : null,
    message.num_media > 0 ? counted(message.num_media, 'file') : null,
    priceOf(message),
  ];
  return logEntry(call, whose, message, {
    own: messagesPath(call.account.sid),
    facts,
    above: html`${body === null || body === '' ? null : html`<p class="text" dir="auto">${excerpt(body)}</p>`}
      ${error_code === null ? null : html`<p class="wrong">${messageErrorText(error_code)}.</p>`}`,
  });
}

/** The price of a message. As in the API, it is known when the message has ended. */
function priceOf(message: Message): string | null {
  return hasEnded(message) ? priceLine(message.price_micro) : null;
}

function noMessages(call: AccountCall, from: string | null): Html {
  return emptyLog(call, from, {
    title: 'No messages yet',
    advice:
      'The sent and received messages of your account and its apps are listed here, each with a ' +
      'timeline.',
    thing: 'message',
    make: { resource: 'Messages', more: { Body: 'Hello' } },
    receive: {
      advice: 'In development this command sends a message to your number from outside.',
      path: 'messages',
      more: { body: 'Hello' },
    },
  });
}

interface ShownMessage {
  readonly message: Message;
  readonly media: readonly MediaEntry[];
  readonly timeline: Awaited<ReturnType<typeof readTimeline>>;
  readonly whose: Whose;
}

export function messageBody(call: AccountCall, shown: ShownMessage): Html {
  const { message, media, timeline, whose } = shown;
  const own = messagesPath(call.account.sid);
  const { error_code, body } = message;
  return html`<p><a href="${own}">All messages</a></p>
    ${
      error_code === null
        ? null
        : html`<p class="notice bad">${messageErrorText(error_code)} (error ${error_code}).</p>`
    }
    <section class="panel message">
      <h2>${routeOf(message)} ${stateTag(message.status)}</h2>
      ${
        body === null
          ? html`<p class="muted">Its text was redacted, or is not kept.</p>`
          : body === ''
            ? html`<p class="muted">It has no text.</p>`
            : html`<blockquote class="text" dir="auto">${body}</blockquote>`
      }
      ${media.map((file, at) => mediaOf(`${own}/${message.sid}/media`, file, at + 1))}
    </section>
    ${factsOf(call, message, whose)}
    ${timelineSection({ ...timeline, pathOf: (sid) => notedPath(call.account.sid, sid) })}`;
}

function mediaOf(folder: string, { sid, content_type }: MediaEntry, place: number): Html {
  const href = `${folder}/${sid}`;
  const name = `File ${place}, ${content_type}`;
  switch (shownAs(content_type)) {
    case 'image':
      return html`<p><a href="${href}"><img class="media" src="${href}" alt="${name}" loading="lazy" /></a></p>`;
    case 'audio':
      return html`<audio controls preload="none" src="${href}" aria-label="${name}"></audio>`;
    case 'video':
      return html`<video controls preload="none" src="${href}" aria-label="${name}"></video>`;
    case null:
      return html`<p><a href="${href}" download><bdi>${name}</bdi></a></p>`;
  }
}

function factsOf(call: AccountCall, message: Message, whose: Whose): Html {
  const { direction, status_callback: url, callback_by_grant, send_at, date_sent } = message;
  const price = priceOf(message);
  return html`<dl class="facts">
    <dt>Direction</dt>
    <dd>${MESSAGE_DIRECTIONS[direction]}</dd>
    <dt>Made</dt>
    <dd>${moment(message.date_created)}</dd>
    ${
      send_at === null
        ? null
        : html`<dt>Scheduled for</dt>
            <dd>${moment(send_at)}</dd>`
    }
    ${
      date_sent === null
        ? null
        : html`<dt>${direction === 'inbound' ? 'Received' : 'Sent'}</dt>
            <dd>${moment(date_sent)}</dd>`
    }
    <dt>Size</dt>
    <dd>${counted(message.num_segments, 'segment')}, ${counted(message.num_media, 'file')}</dd>
    ${
      price === null
        ? null
        : html`<dt>Price</dt>
            <dd>${price}</dd>`
    }
    ${
      url === null
        ? null
        : html`<dt>Callback</dt>
            <dd>
              ${code(withoutPassword(url))}
              ${callback_by_grant === null ? null : html`<br />given by <bdi>${nameOfDoer(whose, callback_by_grant)}</bdi>`}
            </dd>`
    }
    ${makerFacts(call, whose, message, { is_from_outside: direction === 'inbound' })}
  </dl>`;
}
