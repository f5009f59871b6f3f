import type { Reply } from './call-run.ts';
import type { EventLog } from './event-log.ts';
import type { Verb } from './twiml.ts';
import { VerbReader } from './verb-reader.ts';

/** The most media files of one message. */
const MAX_MEDIA = 10;
const ATTRIBUTES = ['action', 'from', 'method', 'statusCallback', 'to'];

/** Reads a `Message`, or a `Sms`, its older name. @returns null when it has no content */
export function readReply(verb: Verb, base_url: string | null, log: EventLog): Reply | null {
  const reader = new VerbReader(verb, base_url, log, ATTRIBUTES);
  const { body, media } = contentOf(reader, log);
  const reply: Reply = {
    to: reader.text('to')?.trim() || null,
    from: reader.text('from')?.trim() || null,
    body,
    media,
    status_callback: reader.url('statusCallback'),
    action: reader.url('action'),
    method: reader.method(),
  };
  if (body === '' && media.length === 0) {
    reader.warn('is not sent, because it has neither text nor media.');
    return null;
  }
  log.ran(verb, { body, media });
  return reply;
}

/** The content of a message: its `Body` or its own text, and its `Media`. */
function contentOf(reader: VerbReader, log: EventLog): Pick<Reply, 'body' | 'media'> {
  const { verb } = reader;
  const bodies: string[] = [];
  const media: string[] = [];
  for (const child of verb.children) {
    if (child.name === 'Body') bodies.push(child.text);
    else if (child.name !== 'Media') {
      log.warn(child, `${child.name} cannot stand in ${verb.name}.`);
    } else {
      const url = child.text === '' ? null : reader.resolve(child.text);
      if (url === null) log.warn(child, 'Media must hold a URL of http or https.');
      else if (media.length < MAX_MEDIA) media.push(url);
      else log.warn(child, `A message has at most ${MAX_MEDIA} media.`);
    }
  }
  return { body: bodies.length > 0 ? bodies.join('\n') : verb.text, media };
}
