/** An XML element, with text or with children but never with both. */
export interface XmlElement {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly children?: readonly XmlElement[];
}

/**
 * Writes a document (docs/adr/0007 says why no library does this). Every string parses back to
 * itself. The one exception: characters that XML 1.0 cannot hold are left out.
 */
export function writeXml(root: XmlElement): string {
  return `<?xml version='1.0' encoding='UTF-8'?>\n${writeElement(root)}`;
}

function writeElement({ name, attributes = {}, text = '', children = [] }: XmlElement): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(value)}"`);
  const content = escape(text) + children.map(writeElement).join('');
  const tag = name + written.join('');
  return content === '' ? `<${tag}/>` : `<${tag}>${content}</${name}>`;
}

/** The characters that XML 1.0 §2.2 does not allow. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser normalizes line ends and attributes, but keeps characters that are references.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

function escape(text: string): string {
  return text.replaceAll(NOT_XML, '').replaceAll(/[&<>"\t\n\r]/g, (found) => ENTITIES[found] ?? '');
}
