import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import twilio from 'twilio';
import { nextOf, runTwiml, STATE } from '../../test/twiml/run-twiml.ts';
import { afterMessage, afterRecord } from './call-run.ts';

suite('a Record', () => {
  const recorded = (attributes: string, inputs: string[], state = {}) =>
    nextOf('record', `<Record ${attributes}/>`, { inputs, ...state });

  test('records speech, and sends the recording’s URL to its action', () => {
    const record = recorded('action="/rec" transcribeCallback="/text"', [
      'Please call me back soon',
    ]);
    assert.deepEqual(record, {
      kind: 'record',
      position: 1,
      began: 0,
      seconds: 2,
      words: 'Please call me back soon',
      digits: '',
      is_hung_up: false,
      max_length: 3_600,
      timeout: 5,
      finish_on_key: '1234567890*#',
      play_beep: true,
      trim: 'trim-silence',
      transcribe: true,
      transcribe_callback: 'https://app.example.com/text',
      recording_status_callback: null,
      action: 'https://app.example.com/rec',
      method: 'POST',
    });
    const made = { recording_url: 'https://x/RE1', recording_sid: 'RE1' };
    assert.deepEqual(afterRecord(record, made)?.parameters, {
      RecordingUrl: 'https://x/RE1',
      RecordingSid: 'RE1',
      RecordingDuration: '2',
      Digits: '',
    });
  });

  test('ends by a key, by silence or by its length, and takes until then', () => {
    const took = (attributes: string, inputs: string[]) => {
      const { next, state } = runTwiml(`<Response><Record ${attributes}/></Response>`, { inputs });
      return next.kind === 'record' ? [next.seconds, next.digits, state.seconds] : next.kind;
    };
    assert.deepEqual(took('', []), [5, '', 10]);
    assert.deepEqual(took('', ['7']), [5, '7', 5]);
    assert.deepEqual(took('finishOnKey="#" timeout="2"', ['7']), [5, '', 7]);
    assert.deepEqual(took('finishOnKey="#"', ['7#']), [5, '#', 5]);
    assert.deepEqual(took('maxLength="3"', []), [3, '', 3]);
  });

  test('of silence makes no recording', () => {
    const { next, state } = runTwiml('<Response><Record action="/a"/></Response>', {
      inputs: [''],
    });
    assert.deepEqual([next.kind, state.seconds], ['end', 5]);
  });

  test('requests its own document again when it has no action', () => {
    assert.equal(recorded('', []).action, STATE.base_url);
    assert.equal(recorded('', [], { base_url: null }).action, null);
  });
});

suite('a Message', () => {
  test('has a recipient, a sender and content', () => {
    const { kind, position, ...reply } = nextOf(
      'message',
      '<Message to="+14155552671" from="+15005550006" action="/sent" statusCallback="/s">' +
        '<Body>Héllo</Body><Media>/cat.jpg</Media><Media>mailto:a</Media></Message>',
    );
    assert.deepEqual([kind, position], ['message', 1]);
    assert.deepEqual(reply, {
      to: '+14155552671',
      from: '+15005550006',
      body: 'Héllo',
      media: ['https://app.example.com/cat.jpg'],
      status_callback: 'https://app.example.com/s',
      action: 'https://app.example.com/sent',
      method: 'POST',
    });
    assert.deepEqual(afterMessage(reply, { sid: 'SM1', status: 'queued' })?.parameters, {
      MessageSid: 'SM1',
      SmsSid: 'SM1',
      MessageStatus: 'queued',
      SmsStatus: 'queued',
    });
    assert.equal(nextOf('message', '<Sms>as before</Sms>').body, 'as before');
  });

  test('without content is not sent', () => {
    const { next, notes } = runTwiml('<Response><Message/><Hangup/></Response>');
    assert.deepEqual(next, { kind: 'end', because: 'hangup' });
    assert.match(notes[0] ?? '', /neither text nor media/);
  });
});

test('TwiML from the official SDK runs without a warning', () => {
  const answer = new twilio.twiml.VoiceResponse();
  answer.say({ voice: 'alice', language: 'en-GB', loop: 2 }, 'Welcome');
  answer.play({ loop: 1 }, 'https://example.com/a.mp3');
  answer.pause({ length: 2 });
  const gather = answer.gather({
    action: '/menu',
    method: 'GET',
    input: ['dtmf', 'speech'],
    numDigits: 1,
    finishOnKey: '*',
    timeout: 3,
    speechTimeout: 'auto',
    hints: 'yes, no',
    bargeIn: true,
    actionOnEmptyResult: false,
  });
  gather.say('Press 1 & wait').break({ time: '1s' });
  const dial = answer.dial({
    action: '/dialled',
    answerOnBridge: true,
    callerId: '+15005550006',
    hangupOnStar: false,
    record: 'record-from-answer',
    recordingStatusCallback: '/rec',
    recordingStatusCallbackEvent: ['in-progress', 'completed'],
    ringTone: 'us',
    timeLimit: 100,
    timeout: 20,
  });
  dial.number(
    { sendDigits: '1', statusCallback: '/s', statusCallbackEvent: ['initiated', 'answered'] },
    '+14155552671',
  );
  const { next, notes, events } = runTwiml(answer.toString());
  assert.deepEqual(notes, []);
  assert.equal(next.kind, 'dial');
  assert.equal(events.length, 6);

  const voicemail = new twilio.twiml.VoiceResponse();
  voicemail.record({
    action: '/a',
    finishOnKey: '#',
    maxLength: 20,
    playBeep: false,
    recordingStatusCallback: '/r',
    recordingStatusCallbackEvent: ['completed'],
    transcribe: true,
    transcribeCallback: '/t',
    trim: 'do-not-trim',
  });
  const recorded = runTwiml(voicemail.toString());
  assert.deepEqual([recorded.notes, recorded.next.kind], [[], 'record']);
});
