import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CallState, MAX_SECONDS } from './call-run.ts';
import { parseTwiml } from './parse-twiml.ts';
import { runCall } from './run-call.ts';

const STATE: CallState = {
  base_url: 'https://app.example.com/voice/start?x=1',
  is_answered: true,
  seconds: 0,
  max_seconds: MAX_SECONDS,
  inputs: [],
};

/** Runs the content of a `Response`. */
function run(inner: string, state: Partial<CallState> = {}, from = 0) {
  const { document } = parseTwiml(`<Response>${inner}</Response>`);
  assert.ok(document);
  const { events, state: after, next } = runCall(document.verbs, from, { ...STATE, ...state });
  const details = (kind: string) =>
    events.filter((event) => event.kind === kind).map(({ detail }) => detail);
  return {
    next,
    state: after,
    names: details('verb').map(({ name }) => name),
    verbs: details('verb'),
    notes: details('note').map(({ message }) => String(message)),
    notesWhole: details('note'),
  };
}

suite('a call', () => {
  test('is spoken to, and ends with its document', () => {
    const { next, state, verbs } = run(
      '<Say voice="alice">Thirty letters, more or less!!</Say><Pause length="3"/>' +
        '<Play loop="2">/music.mp3</Play><Play digits="1w2w"/>',
    );
    assert.deepEqual(next, { kind: 'end', because: 'end' });
    assert.equal(state.seconds, 2 + 3 + 10 + 2);
    assert.deepEqual(verbs[0], {
      name: 'Say',
      line: 1,
      attributes: { voice: 'alice' },
      text: 'Thirty letters, more or less!!',
      seconds: 2,
    });
  });

  test('ends at a Hangup, and the verbs after it do not run', () => {
    const { next, names } = run('<Hangup/><Say>Too late</Say>');
    assert.deepEqual([next, names], [{ kind: 'end', because: 'hangup' }, ['Hangup']]);
  });

  test('that is not answered is rejected, and one that is answered is hung up', () => {
    const waiting = { is_answered: false };
    const rejected = run('<Pause length="5"/><Reject reason="busy"/>', waiting);
    assert.deepEqual(rejected.next, { kind: 'reject', reason: 'busy' });
    assert.deepEqual([rejected.state.is_answered, rejected.state.seconds], [false, 0]);
    assert.deepEqual(run('<Reject/>', waiting).next, { kind: 'reject', reason: 'rejected' });

    const late = run('<Say>Hi</Say><Reject/>', waiting);
    assert.deepEqual(late.next, { kind: 'end', because: 'hangup' });
    assert.equal(late.state.is_answered, true);
    assert.match(late.notes[0] ?? '', /was answered already/);
  });

  test('is answered by an empty document, but not by a Redirect', () => {
    const waiting = { is_answered: false };
    assert.equal(run('', waiting).state.is_answered, true);
    assert.equal(run('<Redirect>/next</Redirect>', waiting).state.is_answered, false);
  });

  test('is redirected to another document, by a URL of any kind', () => {
    const requestOf = (inner: string) => run(inner).next;
    const request = (url: string, method = 'POST') => ({
      kind: 'request',
      url,
      method,
      parameters: {},
    });
    assert.deepEqual(
      requestOf('<Redirect method="GET"> ../next?a=1 </Redirect>'),
      request('https://app.example.com/next?a=1', 'GET'),
    );
    assert.deepEqual(requestOf('<Redirect/>'), request(STATE.base_url ?? ''));
    for (const bad of ['javascript:alert(1)', 'http://', 'ftp://example.com/']) {
      const { next, notesWhole } = run(`<Redirect>${bad}</Redirect><Say>Never</Say>`);
      assert.deepEqual(next, { kind: 'end', because: 'error' });
      assert.equal(notesWhole[0]?.['code'], 11100);
    }
    assert.deepEqual(run('<Redirect/>', { base_url: null }).next, {
      kind: 'end',
      because: 'error',
    });
  });

  test('ends at its time limit, in any verb', () => {
    for (const inner of [
      '<Say loop="0">for ever</Say>',
      '<Play loop="0">/a.mp3</Play>',
      '<Pause length="14400"/><Say>more</Say>',
      '<Gather timeout="400"/><Say>more</Say>',
      '<Record timeout="400"/>',
    ]) {
      const { next, state } = run(inner, { max_seconds: 300, inputs: [''] });
      assert.deepEqual(next, { kind: 'end', because: 'time-limit' }, inner);
      assert.equal(state.seconds, 300);
    }
    const over = run('<Say>Hi</Say>', { seconds: 300, max_seconds: 300 });
    assert.deepEqual([over.next, over.names], [{ kind: 'end', because: 'time-limit' }, []]);
  });

  test('names the verbs that it does not run, and goes on', () => {
    const { next, names, notes, notesWhole } = run(
      '<say>small</say><Enqueue>q</Enqueue><Say vioce="a">Hi</Say><Pause length="-1"/>' +
        '<constructor/><Say/><Play/><Play digits="x"/><Hangup/>',
    );
    assert.deepEqual(next, { kind: 'end', because: 'hangup' });
    assert.deepEqual(names, ['Say', 'Pause', 'Hangup']);
    assert.deepEqual(notes, [
      'say is not run here; the call goes on.',
      'Enqueue is not run here; the call goes on.',
      'Say has no attribute vioce; it is ignored.',
      'Pause is run as if it had no length, which must be a whole number from 0 to 14400.',
      'constructor is not run here; the call goes on.',
      'Say has nothing to say.',
      'Play is not run; it must hold a URL of http or https.',
      'Play is not run, as its digits are no keys of a telephone.',
    ]);
    assert.ok(notesWhole.every(({ code }) => code === 12200));
  });

  test('lists a hundred of thousands of verbs', () => {
    const { verbs, notes, next } = run('<Hi/>'.repeat(9_000));
    assert.deepEqual(next, { kind: 'end', because: 'end' });
    assert.equal(verbs.length + notes.length, 101);
    assert.equal(notes.at(-1), '8900 more things happened than are listed.');
  });

  test('stores no password and no long text', () => {
    const { verbs } = run(
      `<Play>http://u:secret@h/a</Play><Gather action="http://u:secret@h/b"/>` +
        `<Message action="https://u:secret@h/">${'ü'.repeat(20_000)}</Message>`,
    );
    assert.equal(verbs.length, 3);
    assert.doesNotMatch(JSON.stringify(verbs), /secret/);
    assert.ok(JSON.stringify(verbs).length < 5_000);
  });
});

suite('keys and speech', () => {
  const ACTION = 'https://app.example.com/voice/menu';
  const gathered = (attributes: string, ...inputs: string[]) =>
    run(`<Gather action="menu" ${attributes}><Say>Press</Say></Gather><Hangup/>`, { inputs });

  test('go to the action of the Gather that takes them', () => {
    const { next, state, names } = gathered('', '12#', '3');
    assert.deepEqual(next, {
      kind: 'request',
      url: ACTION,
      method: 'POST',
      parameters: { Digits: '12', FinishedOnKey: '#' },
    });
    assert.deepEqual(state.inputs, ['3']);
    assert.deepEqual(names, ['Say', 'Gather']);
    assert.equal(state.seconds, 1 + 2);
  });

  test('are cut at the end of the Gather', () => {
    const digitsOf = (attributes: string, input: string) => {
      const { next, state } = gathered(attributes, input);
      return [next.kind === 'request' ? next.parameters : next.kind, state.seconds - 1];
    };
    assert.deepEqual(digitsOf('numDigits="1"', '1234'), [{ Digits: '1' }, 1]);
    assert.deepEqual(digitsOf('numDigits="2"', '12#'), [{ Digits: '12' }, 2]);
    assert.deepEqual(digitsOf('finishOnKey="*"', '1#*9'), [
      { Digits: '1#', FinishedOnKey: '*' },
      2,
    ]);
    assert.deepEqual(digitsOf('finishOnKey="" timeout="7"', '1#'), [{ Digits: '1#' }, 2 + 7]);
    assert.deepEqual(digitsOf('timeout="auto"', '1'), [{ Digits: '1' }, 1 + 5]);
    assert.deepEqual(digitsOf('timeout="4"', '#'), ['end', 4]);
  });

  test('may be missing, and the document goes on', () => {
    assert.deepEqual(gathered('').next, { kind: 'end', because: 'hangup' });
    assert.deepEqual(gathered('', '').next, { kind: 'end', because: 'hangup' });
    const { next } = gathered('actionOnEmptyResult="true"');
    assert.ok(next.kind === 'request');
    assert.deepEqual(next.parameters, { Digits: '' });
  });

  test('are read by the input that the Gather listens for', () => {
    const { next } = gathered('input="speech dtmf"', 'Grüß Gott');
    assert.ok(next.kind === 'request');
    assert.deepEqual(next.parameters, { SpeechResult: 'Grüß Gott', Confidence: '0.9' });
    const deaf = gathered('input="dtmf"', 'hello');
    assert.equal(deaf.next.kind, 'end');
    assert.match(deaf.notes[0] ?? '', /does not take speech/);
    assert.match(gathered('input="speech"', '12').notes[0] ?? '', /takes speech only/);
  });

  test('go to the document itself when there is no action, if the document has a URL', () => {
    const { next } = run('<Gather/>', { inputs: ['1'] });
    assert.equal(next.kind === 'request' && next.url, STATE.base_url);
    const lost = run('<Gather/>', { inputs: ['1'], base_url: null });
    assert.equal(lost.next.kind, 'end');
    assert.match(lost.notes[0] ?? '', /nowhere to send/);
  });
});
