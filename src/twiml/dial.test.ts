import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nextOf, runTwiml } from '../../test/twiml/run-twiml.ts';
import { afterDial, MAX_SECONDS } from './call-run.ts';

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
    const { next, notes } = runTwiml(
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
    const { next, notes, events } = runTwiml(
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
    const { next, notes } = runTwiml(`<Response><Dial>${numbers}</Dial></Response>`);
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
