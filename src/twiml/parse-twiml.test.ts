import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseTwiml } from './parse-twiml.ts';
import { MAX_DEPTH, MAX_VERBS, TWIML_MAX_BYTES, type Verb } from './twiml.ts';

/** The verbs of a document that must be valid. */
function verbsOf(text: string): readonly Verb[] {
  const { document, error } = parseTwiml(text);
  assert.equal(error, null);
  assert.ok(document);
  return document.verbs;
}

const inResponse = (inner: string) => verbsOf(`<Response>${inner}</Response>`);

const escaped = (text: string) =>
  text.replace(/[<>&"'\r\n\t]/g, (character) => `&#${character.codePointAt(0)};`);

suite('TwiML', () => {
  test('is read with its attributes, its texts and its lines', () => {
    const verbs = verbsOf(`<?xml version="1.0" encoding="UTF-8"?>
<!-- A menu -->
<Response>
  <Gather numDigits="1" action='/menu?a=1&amp;b=2'>
    <Say
      voice="alice">Press &#49; &lt;now&gt;</Say>
  </Gather>
  <?a processing instruction?>
  <Hangup/>
</Response>
`);
    assert.deepEqual(verbs, [
      {
        name: 'Gather',
        attributes: { numDigits: '1', action: '/menu?a=1&b=2' },
        text: '',
        line: 4,
        children: [
          {
            name: 'Say',
            attributes: { voice: 'alice' },
            text: 'Press 1 <now>',
            line: 5,
            children: [],
          },
        ],
      },
      { name: 'Hangup', attributes: {}, text: '', line: 9, children: [] },
    ]);
  });

  test('may begin with a byte order mark, and hold namespaces and CDATA', () => {
    const [say] = verbsOf(
      '\uFEFF<Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
        'xsi:noNamespaceSchemaLocation="twiml.xsd">' +
        '<Say xml:lang="de" loop="2"><![CDATA[1 < 2 & ]]>so on</Say></Response>',
    );
    assert.deepEqual([say?.text, say?.attributes], ['1 < 2 & so on', { loop: '2' }]);
  });

  test('may name the version of TwiML', () => {
    for (const version of ['2010-04-01', '2008-08-01']) {
      const [say] = verbsOf(`<Response version="${version}"><Say>Hi</Say></Response>`);
      assert.equal(say?.text, 'Hi');
    }
  });

  test('of speech includes the text of inner elements, in order', () => {
    const [say, message] = inResponse(
      '<Say>One <emphasis>big <w>red</w></emphasis> ball</Say>' +
        '<Message>Look<Media>https://example.com/a.jpg</Media></Message>',
    );
    assert.equal(say?.text, 'One big red ball');
    assert.equal(message?.text, 'Look');
    assert.equal(message.children[0]?.text, 'https://example.com/a.jpg');
  });

  test('in any script is read unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const [verb] = inResponse(`<Say voice="${escaped(text)}">|${escaped(text)}|</Say>`);
        assert.equal(verb?.text, `|${text}|`);
        assert.equal(verb.attributes['voice'], text);
      }),
    );
  });

  test('keeps names that have a meaning in JavaScript', () => {
    const [verb] = inResponse('<constructor toString="1" valueOf="2" hasOwnProperty="3"/>');
    assert.equal(verb?.name, 'constructor');
    assert.deepEqual(verb.attributes, { toString: '1', valueOf: '2', hasOwnProperty: '3' });
  });
});

suite('a document that is not TwiML', () => {
  const refused: readonly (readonly [string, string, RegExp, number?])[] = [
    ['an empty document', '  ', /^There is no TwiML/],
    ['text', 'Hello', /line 1, column 5: text data outside of root node\.$/],
    ['JSON', '{"a": 1}', /line 1, column 8/],
    ['a comment', '<!-- only -->', /must contain a root element/],
    ['another root element', '<html><body/></html>', /is html and must be Response/, 12102],
    ['a root in lower case', '<response/>', /outermost element is response/, 12102],
    [
      'an unknown version of TwiML',
      '<Response version="2.0"/>',
      /the version of Response does not exist/,
      12101,
    ],
    ['two roots', '<Response/><Response/>', /may contain only one root/],
    ['text after the document', '<Response/>\n and more', /line 2, column 9: text data outside/],
    [
      'an element that is not closed',
      '<Response>\n<Say>Hi</Response>',
      /line 2, column \d+: unexpected close/,
    ],
    ['a document that breaks off', '<Response><Say>Hi', /unclosed tag: Say\.$/],
    ['a broken attribute', '<Response a=1/>', /unquoted attribute value\.$/],
    ['a bare ampersand', '<Response><Say>A & B</Say></Response>', /an & stands alone/],
    ['an ampersand in a name', '<Response>A & B; C</Response>', /entity name\.$/],
    ['an entity of HTML', '<Response><Say>&eacute;</Say></Response>', /undefined entity/],
    [
      'an entity named as in JavaScript',
      '<Response><Say>&toString;</Say></Response>',
      /undefined entity/,
    ],
    ['the character 0', '<Response><Say>&#0;</Say></Response>', /malformed character entity/],
    ['half a character', '<Response><Say>&#xD800;</Say></Response>', /malformed character entity/],
    ['half a raw character', '<Response><Say>\uD800</Say></Response>', /unexpected close tag/],
    ['a raw bell', '<Response><Say>\u0007</Say></Response>', /disallowed character/],
    ['a bell in an attribute', '<Response a="\u0007"/>', /disallowed character/],
    ['a document type', '<!DOCTYPE Response><Response/>', /a document type is not allowed/],
    ['a declaration', '<!ENTITY a ><Response/>', /incorrect syntax/],
    [
      'a line break before the declaration',
      '\n<?xml version="1.0"?><Response/>',
      /must be at the start/,
    ],
    ['a repeated declaration', `${'<?xml version="1.0"?>'.repeat(2)}<Response/>`, /at the start/],
    ['an unknown version of XML', '<?xml version="2.0"?><Response/>', /version number must match/],
    [
      'a repeated attribute',
      '<Response><Say loop="1" loop="2"/></Response>',
      /duplicate attribute/,
    ],
    ['< in an attribute', '<Response><Say voice="<"/></Response>', /disallowed character/],
    [']]> in text', '<Response><Say>a ]]> b</Say></Response>', /disallowed in char data/],
    ['a space before a name', '<Response>< Say>Hi</Say></Response>', /character in tag name/],
    ['attributes that touch', '<Response a="1"b="2"/>', /no whitespace between attributes/],
    ['two hyphens in a comment', '<Response><!-- a -- b --></Response>', /malformed comment/],
    ['a name that begins with a digit', '<Response><1/></Response>', /character in tag name/],
  ];
  for (const [what, text, message, code = 12100] of refused) {
    test(`${what} is refused`, () => {
      const { document, error } = parseTwiml(text);
      assert.equal(document, null);
      assert.equal(error?.code, code);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n|\. ./, 'one sentence');
    });
  }

  test('with entities expands none of them, and reads no file', () => {
    const bomb = `<!DOCTYPE Response [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
      <Response><Say>&b;&b;</Say></Response>`;
    const file = `<!DOCTYPE Response [<!ENTITY x SYSTEM "file:///etc/passwd">]>
      <Response><Say>&x;</Say></Response>`;
    const parameter = '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1/">%p;]><Response/>';
    for (const text of [bomb, file, parameter]) {
      assert.match(parseTwiml(text).error?.message ?? '', /is not allowed/);
    }
  });

  test('is refused for its size, its number of elements or its depth', () => {
    const many = (count: number) => `<Response>${'<A/>'.repeat(count - 1)}</Response>`;
    assert.equal(verbsOf(many(MAX_VERBS)).length, MAX_VERBS - 1);
    assert.match(parseTwiml(many(MAX_VERBS + 1)).error?.message ?? '', /more than 10000 elements/);
    assert.equal(parseTwiml(many(100_000)).error?.code, 11750);

    const deep = (depth: number) =>
      `<Response>${'<A>'.repeat(depth - 1)}${'</A>'.repeat(depth - 1)}</Response>`;
    assert.equal(verbsOf(deep(MAX_DEPTH)).length, 1);
    assert.match(parseTwiml(deep(MAX_DEPTH + 1)).error?.message ?? '', /more than 10 deep/);
    assert.match(parseTwiml('<Response>'.repeat(6_000)).error?.message ?? '', /more than 10 deep/);

    const long = (bytes: number) => `<Response>${' '.repeat(bytes - 21)}</Response>`;
    assert.equal(verbsOf(long(TWIML_MAX_BYTES)).length, 0);
    assert.equal(parseTwiml(long(TWIML_MAX_BYTES + 1)).error?.code, 11750);
    assert.equal(parseTwiml(`<Response>${'ü'.repeat(40_000)}</Response>`).error?.code, 11750);
  });

  test('never makes the parser throw, for any bytes', () => {
    const markup = '<Response> </Response> <Say> </Say> < > /> & ; #x " = <! -- <![CDATA[ ]]>';
    const odd = '<? ?> <!DOCTYPE [ &amp; &#55296; __proto__ \0 \uFEFF \uD800 hasOwnProperty="';
    const piece = fc.constantFrom(...`${markup} ${odd} ' xmlns:a="`.split(' '), ' a', '\n');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
      fc.array(piece, { maxLength: 30 }).map((pieces) => `<Response>${pieces.join('')}</Response>`),
    );
    fc.assert(
      fc.property(text, (anything) => {
        const { document, error } = parseTwiml(anything);
        assert.notEqual(document === null, error === null);
      }),
      { numRuns: 500 },
    );
  });
});
