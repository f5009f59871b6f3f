import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import twilio from 'twilio';
import { parseTwiml } from './parse-twiml.ts';
import { runReply } from './run-reply.ts';

const BASE = 'https://app.example.com/sms';

function run(text: string, base_url: string | null = BASE) {
  const { document } = parseTwiml(text);
  assert.ok(document);
  const { events, replies, next } = runReply(document.verbs, base_url);
  const notes = events.filter(({ kind }) => kind === 'note').map(({ detail }) => detail['message']);
  return { replies, next, notes, bodies: replies.map(({ body }) => body) };
}

suite('the answer to a message', () => {
  test('is one message, or several', () => {
    const { replies, next, notes } = run(
      '<Response><Message>Hi\n there</Message>' +
        '<Message to="+14155552671" statusCallback="/s"><Body>你好</Body><Media>a.png</Media>' +
        '</Message></Response>',
    );
    const plain = { to: null, from: null, media: [], status_callback: null, action: null };
    assert.deepEqual(replies, [
      { ...plain, body: 'Hi\n there', method: 'POST' },
      {
        to: '+14155552671',
        from: null,
        body: '你好',
        media: ['https://app.example.com/a.png'],
        status_callback: 'https://app.example.com/s',
        action: null,
        method: 'POST',
      },
    ]);
    assert.deepEqual([next, notes], [null, []]);
  });

  test('may be TwiML from the official SDK', () => {
    const answer = new twilio.twiml.MessagingResponse();
    const message = answer.message({ action: '/sent', method: 'GET', statusCallback: '/s' }, '');
    message.body('Look & see');
    message.media('https://example.com/a.png');
    const { replies, notes } = run(answer.toString());
    assert.deepEqual(notes, []);
    assert.equal(replies[0]?.body, 'Look & see');
    assert.equal(replies[0].action, 'https://app.example.com/sent');
  });

  test('is nothing, or another document', () => {
    assert.deepEqual(run('<Response/>').replies, []);
    const { bodies, next } = run(
      '<Response><Message>1</Message><Redirect>b</Redirect><Message>2</Message></Response>',
    );
    assert.deepEqual(bodies, ['1']);
    assert.deepEqual(next, {
      kind: 'request',
      url: 'https://app.example.com/b',
      method: 'POST',
      parameters: {},
    });
    assert.equal(run('<Response><Redirect/></Response>').next?.url, BASE);
    const lost = run('<Response><Redirect>data:a</Redirect></Response>');
    assert.deepEqual([lost.next, lost.notes.length], [null, 1]);
  });

  test('ends with the message that has an action', () => {
    const { bodies } = run(
      '<Response><Message action="/a">1</Message><Message>2</Message></Response>',
    );
    assert.deepEqual(bodies, ['1']);
  });

  test('leaves out verbs that do not run for a message, and names them', () => {
    const media = '<Media>http://a/</Media>'.repeat(11);
    const { replies, notes } = run(
      `<Response><Say>Hi</Say><Message/><Message><B/>${media}</Message></Response>`,
    );
    assert.equal(replies.length, 1);
    assert.equal(replies[0]?.media.length, 10);
    assert.deepEqual(notes, [
      'Say is not run for a message.',
      'Message is not sent, because it has neither text nor media.',
      'B cannot stand in Message.',
      'A message has at most 10 media.',
    ]);
  });

  test('has ten messages at most', () => {
    const { bodies, notes } = run(`<Response>${'<Message>x</Message>'.repeat(2_000)}</Response>`);
    assert.equal(bodies.length, 10);
    assert.match(String(notes.at(-1)), /At most 10 messages/);
  });
});
