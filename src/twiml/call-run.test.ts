import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import twilio from 'twilio';
import {
  afterDial,
  afterMessage,
  afterRecord,
  type CallNext,
  type CallState,
  MAX_SECONDS,
} from './call-run.ts';
import { parseTwiml } from './parse-twiml.ts';
import { runCall } from './run-call.ts';

const STATE: CallState = {
  base_url: 'https://app.example.com/voice',
  is_answered: true,
  seconds: 0,
  max_seconds: MAX_SECONDS,
  inputs: [],
};

function run(text: string, state: Partial<CallState> = {}) {
  const { document } = parseTwiml(text);
  assert.ok(document);
  const done = runCall(document.verbs, 0, { ...STATE, ...state });
  const notes = done.events.filter(({ kind }) => kind === 'note').map(({ detail }) => detail);
  return { ...done, notes: notes.map(({ message }) => String(message)) };
}

/**
 * Runs a document and returns the next thing that the call waits for, which must be of this kind.
 */
function nextOf<K extends CallNext['kind']>(kind: K, inner: string, state = {}) {
  const { next } = run(`<Response>${inner}</Response>`, state);
  assert.equal(next.kind, kind);
  return next as Extract<CallNext, { kind: K }>;
}

suite('a Dial', () => {
  test('calls the number in its text', () => {
    assert.deepEqual(nextOf('dial', '<Say>Hi</Say><Dial>+1 (415) 555-2671</Dial><Hangup/>'), {
      kind: 'dial',
      position: 2,
      numbers: [
        {
          number: '+1 (415) 555-2671',
          send_digits: '',
          url: null,
          method: 'POST',
          status_callback: null,
          machine_detection: null,
          amd_status_callback: null,
          amd_status_callback_method: 'POST',
        },
      ],
      sequential: false,
      timeout: 30,
      time_limit: MAX_SECONDS - 1,
      caller_id: null,
      hangup_on_star: false,
      record: 'do-not-record',
      trim: 'do-not-trim',
      recording_status_callback: null,
      action: null,
      method: 'POST',
    });
  });

  test('calls its numbers with its attributes, and names the nouns that it does not call', () => {
    const { next, notes } = run(
      `<Response><Dial timeout="5" timeLimit="60" callerId=" +15005550006 " hangupOnStar="true"
          record="record-from-ringing-dual" action="/done" method="get" trim="trim-silence"
          sequential="true" recordingStatusCallback="/rec" recordingStatusCallbackMethod="GET"
          recordingStatusCallbackEvent="in-progress completed absent">
        <Number sendDigits="ww1" url="/whisper" statusCallback="/status"
          statusCallbackEvent="Initiated,ringing  answered completed">+14155552671</Number>
        <Client>jenny</Client><Sip>sip:a@b</Sip><Number/><Queue>q</Queue><Conference>c</Conference>
        <Number>+14155552672</Number>
      </Dial></Response>`,
    );
    assert.ok(next.kind === 'dial');
    const { numbers, ...rest } = next;
    assert.deepEqual(rest, {
      kind: 'dial',
      position: 1,
      sequential: true,
      timeout: 5,
      time_limit: 60,
      caller_id: '+15005550006',
      hangup_on_star: true,
      record: 'record-from-ringing-dual',
      trim: 'trim-silence',
      recording_status_callback: {
        url: 'https://app.example.com/rec',
        method: 'GET',
        events: ['in-progress', 'completed', 'absent'],
      },
      action: 'https://app.example.com/done',
      method: 'GET',
    });
    assert.deepEqual(
      numbers.map(({ number }) => number),
      ['+14155552671', '+14155552672'],
    );
    assert.deepEqual(numbers[0], {
      number: '+14155552671',
      send_digits: 'ww1',
      url: 'https://app.example.com/whisper',
      method: 'POST',
      status_callback: {
        url: 'https://app.example.com/status',
        method: 'POST',
        events: ['initiated', 'ringing', 'answered', 'completed'],
      },
      machine_detection: null,
      amd_status_callback: null,
      amd_status_callback_method: 'POST',
    });
    assert.equal(notes.length, 5);
  });

  test('leaves out unknown events, and names them', () => {
    const { next, notes, events } = run(
      `<Response><Dial recordingStatusCallback="/rec" recordingStatusCallbackEvent="done absent,completed">
        <Number statusCallback="/status" statusCallbackEvent="hungup">+14155552671</Number>
        <Number statusCallback="/status" statusCallbackEvent="">+14155552672</Number>
      </Dial></Response>`,
    );
    assert.ok(next.kind === 'dial');
    assert.deepEqual(next.recording_status_callback?.events, ['completed', 'absent']);
    for (const { status_callback } of next.numbers) {
      assert.deepEqual(status_callback?.events, ['completed']);
    }
    assert.deepEqual(notes, [
      'Number leaves out hungup: statusCallbackEvent may hold initiated, ringing, answered, completed only.',
      'Dial leaves out done: recordingStatusCallbackEvent may hold in-progress, completed, absent only.',
    ]);
    const codes = events.flatMap(({ detail }) =>
      detail['code'] === undefined ? [] : detail['code'],
    );
    assert.deepEqual(codes, [12200, 13621]);
  });

  test('is limited by the remaining time of the call', () => {
    const { time_limit } = nextOf('dial', '<Dial>1</Dial>', { seconds: 50, max_seconds: 60 });
    assert.equal(time_limit, 10);
  });

  test('with too many numbers leaves out the rest', () => {
    const numbers = '<Number>+14155552671</Number>'.repeat(11);
    const { next, notes } = run(`<Response><Dial>${numbers}</Dial></Response>`);
    assert.equal(next.kind === 'dial' && next.numbers.length, 10);
    assert.deepEqual(notes, ['A Dial calls at most 10 numbers.']);
  });

  test('without a number to call goes on, or reports a failure to its action', () => {
    assert.deepEqual(nextOf('end', '<Dial><Client>a</Client></Dial><Hangup/>').because, 'hangup');
    const { parameters } = nextOf('request', '<Dial action="/done"><Client>a</Client></Dial>');
    assert.deepEqual(parameters, { DialCallStatus: 'failed', DialBridged: 'false' });
  });

  test('reports its outcome to its action', () => {
    const outcome = { status: 'completed', call_sid: 'CA1', duration: 12, bridged: true } as const;
    assert.equal(afterDial(nextOf('dial', '<Dial>1</Dial>'), outcome), null);
    assert.deepEqual(afterDial(nextOf('dial', '<Dial action="/a">1</Dial>'), outcome), {
      kind: 'request',
      url: 'https://app.example.com/a',
      method: 'POST',
      parameters: {
        DialCallStatus: 'completed',
        DialCallSid: 'CA1',
        DialCallDuration: '12',
        DialBridged: 'true',
      },
    });
  });
});

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
      const { next, state } = run(`<Response><Record ${attributes}/></Response>`, { inputs });
      return next.kind === 'record' ? [next.seconds, next.digits, state.seconds] : next.kind;
    };
    assert.deepEqual(took('', []), [5, '', 10]);
    assert.deepEqual(took('', ['7']), [5, '7', 5]);
    assert.deepEqual(took('finishOnKey="#" timeout="2"', ['7']), [5, '', 7]);
    assert.deepEqual(took('finishOnKey="#"', ['7#']), [5, '#', 5]);
    assert.deepEqual(took('maxLength="3"', []), [3, '', 3]);
  });

  test('of silence makes no recording', () => {
    const { next, state } = run('<Response><Record action="/a"/></Response>', { inputs: [''] });
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
    const { next, notes } = run('<Response><Message/><Hangup/></Response>');
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
  const { next, notes, events } = run(answer.toString());
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
  const recorded = run(voicemail.toString());
  assert.deepEqual([recorded.notes, recorded.next.kind], [[], 'record']);
});
