import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ParseOption, XmlDocument } from 'libxml2-wasm';
import { parseTwiml } from './parse-twiml.ts';

/**
 * The name of the outermost element by libxml2 in strict mode; null when libxml2 refuses the text.
 */
function rootByLibxml2(text: string): string | null {
  try {
    // libxml2 takes bytes. Texts that are not valid Unicode would be changed, so they are left out.
    using document = XmlDocument.fromBuffer(Buffer.from(text), {
      option: ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NONET,
    });
    return document.root.name;
  } catch {
    return null;
  }
}

/** Pieces of documents, valid ones and broken ones. */
const TAGS = [
  '<Say>',
  '</Say>',
  '<Dial >',
  '</Dial\n>',
  '<Pause/>',
  '<Pause length="1"/>',
  '< Say>',
  '</ Say>',
  '<Say/ >',
  '<1/>',
  '<Ünder/>',
];
const ATTRIBUTES = [
  ' a="1"',
  " b='2'",
  ' a = "&lt;"',
  'c="3"',
  ' d=4',
  ' e',
  ' f="<"',
  ' g="&"',
  ' h="&#x41;"',
  ' i="&nbsp;"',
  ' 1="1"',
  ' version="2.0"',
];
const TEXTS = [
  'Hello',
  ' ',
  '\n',
  '\r\n',
  '&amp;',
  '&#65;',
  '&#0;',
  '&#x1F600;',
  '&',
  ';',
  ']]>',
  '<![CDATA[ < & ]]>',
  '<![CDATA[',
  '<!-- so -->',
  '<!-- a -- b -->',
  '<!-->',
  '<?php echo 1 ?>',
  '<?xml version="1.0"?>',
  '<??>',
  '\u0007',
  '\uFFFF',
  '😀',
  '\uFEFF',
  '<',
  '>',
  '"',
];
const PROLOGS = [
  '',
  '<?xml version="1.0"?>',
  '<?xml version="1.0" encoding="UTF-8"?>\n',
  "<?xml version='1.0' standalone='yes'?>",
  '<?xml version="1.1"?>',
  '<?xml version="2.0"?>',
  '<?xml encoding="UTF-8"?>',
  '<?xml version="1.0" standalone="maybe"?>',
  '<?xml version="1.0" version="1.0"?>',
  '<?xml?>',
  '\n<?xml version="1.0"?>',
  '\uFEFF<?xml version="1.0"?>',
  '<!-- first -->\n',
  'text',
];

const anyOf = (...pieces: readonly (readonly string[])[]) => fc.constantFrom(...pieces.flat());
const several = (piece: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(piece, { maxLength }).map((pieces) => pieces.join(''));

/** Nested elements that are well-formed. */
const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(
      fc.constantFrom('Say', 'Gather', 'x-y'),
      several(anyOf(ATTRIBUTES.slice(0, 2)), 1),
      tie('content'),
    )
    .map(([name, attributes, content]) => `<${name}${attributes}>${content}</${name}>`),
  content: several(
    fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      anyOf(['Hello', '&amp;', '<Pause/>', '<![CDATA[ < & ]]>', '<!-- so -->', '\n']),
      tie('element'),
    ),
    4,
  ),
}));

/** Mostly the first generator, and the other one in about every sixth case. */
const mostly = <A, B>(usual: fc.Arbitrary<A>, other: fc.Arbitrary<B>) =>
  fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: other });

/** A document with any piece inserted at any place. */
const document = fc
  .record({
    prolog: mostly(anyOf(['', '<?xml version="1.0"?>']), anyOf(PROLOGS)),
    attributes: mostly(several(anyOf([' a="1"']), 1), several(anyOf(ATTRIBUTES), 2)),
    content: several(mostly(element, anyOf(TAGS, TEXTS)), 6),
    end: mostly(fc.constant('</Response>'), anyOf(['</response>', '', '</Response>x', '\n'])),
    cut: mostly(fc.constant(null), fc.nat(200)),
    wild: mostly(fc.constant(null), fc.tuple(fc.nat(200), anyOf(TAGS, ATTRIBUTES, TEXTS))),
  })
  .map(({ prolog, attributes, content, end, cut, wild }) => {
    const whole = `${prolog}<Response${attributes}>${content}${end}`;
    const [at, piece] = wild ?? [0, ''];
    const changed = whole.slice(0, at) + piece + whole.slice(at);
    return changed.slice(0, cut ?? changed.length);
  });

/** Errors about the rules of TwiML, which libxml2 does not know. */
const OF_TWIML = /a document type|deep|version of Response|must be Response|There is no TwiML/;

suite('TwiML, compared with a second parser of XML', () => {
  test('is accepted by both parsers, or by neither', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(document, (text) => {
        const root = rootByLibxml2(text);
        const { error } = parseTwiml(text);
        if (root === null) assert.notEqual(error, null, `libxml2 refuses ${text}`);
        else if (error !== null) assert.match(error.message, OF_TWIML, `libxml2 takes ${text}`);
        seen[error === null ? 'taken' : 'refused'] += 1;
      }),
      { numRuns: 5_000 },
    );
    assert.ok(seen.taken > 500 && seen.refused > 500, JSON.stringify(seen));
  });

  test('has the same texts in both parsers', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (words) => {
        const safe = words.replaceAll(
          /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu,
          '',
        );
        const text = `<Response><Say><![CDATA[${safe.replaceAll(']]>', '')}]]></Say></Response>`;
        using theirs = XmlDocument.fromString(text);
        assert.equal(
          parseTwiml(text).document?.verbs[0]?.text,
          theirs.get('/Response/Say')?.content.trim(),
        );
      }),
    );
  });
});
