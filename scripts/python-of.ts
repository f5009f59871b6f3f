import type { JsonSchema } from './typescript-of.ts';

/** The longest line of the generated Python. */
const WIDTH = 100;
/** The longest enumeration that is written out. A longer one is shown as text. */
const MAX_WORDS = 24;
const INDENT = '    ';

const SIMPLE: Readonly<Record<string, string>> = {
  string: 'str',
  integer: 'int',
  number: 'float',
  boolean: 'bool',
  null: 'None',
};

/** Keywords of Python that a field may have as its name. */
const KEYWORDS = new Set(['from', 'import', 'in', 'is', 'class', 'def', 'pass', 'global']);

/** Writes JSON schemas as types of Python. A declared type appears by its name. */
export class PythonWriter {
  readonly #names = new Map<string, string>();
  /** The declarations of nested objects, which Python must name before their use. */
  #before: string[] = [];

  /** @param place the name for a nested object, which has no name of its own */
  typeOf(schema: JsonSchema, place = ''): string {
    const known = this.#names.get(JSON.stringify(schema));
    return known ?? this.#textOf(schema, place);
  }

  /** Declares a type. Afterwards `typeOf` writes its name for every equal schema. */
  declare(name: string, schema: JsonSchema, doc?: string): string {
    this.#before = [];
    const text = schema.properties
      ? this.#dictOf(name, schema, doc)
      : broken(`${name} = ${this.#textOf(schema, name)}\n`);
    this.#names.set(JSON.stringify(schema), name);
    return [...this.#before, text].join('\n\n');
  }

  #textOf(schema: JsonSchema, place: string): string {
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return union(choices.map((one) => this.typeOf(one, place)));
    if (schema.const !== undefined) return literal([schema.const]);
    if (schema.enum && schema.enum.length <= MAX_WORDS) return literal(schema.enum);
    if (typeof schema.type === 'object') {
      return union(schema.type.map((type) => this.typeOf({ ...schema, type }, place)));
    }
    if (schema.type === 'array') return `list[${this.typeOf(schema.items ?? {}, place)}]`;
    if (schema.type === 'object') return this.#objectOf(schema, place);
    if (schema.type === undefined) return 'Any';
    const simple = SIMPLE[schema.type];
    if (simple === undefined) throw new Error(`there is no type for ${schema.type}`);
    return simple;
  }

  #objectOf(schema: JsonSchema, place: string): string {
    const { properties, additionalProperties } = schema;
    if (!properties) {
      const rest = typeof additionalProperties === 'object' ? additionalProperties : {};
      return `dict[str, ${this.typeOf(rest, place)}]`;
    }
    this.#before.push(this.#dictOf(place, schema));
    return place;
  }

  /** A TypedDict. With a field that is a keyword, it is written as a call. */
  #dictOf(name: string, { properties = {}, required = [] }: JsonSchema, doc?: string): string {
    const isCall = Object.keys(properties).some((field) => KEYWORDS.has(field));
    const fields = Object.entries(properties).map(([field, schema]) => {
      const type = this.typeOf(schema, name + camel(field));
      const shown = required.includes(field) ? type : `NotRequired[${type}]`;
      const line = isCall ? `"${field}": ${shown},` : `${field}: ${shown}`;
      return `${remark(schema.description, INDENT.repeat(isCall ? 2 : 1))}${broken(line, isCall ? 2 : 1)}\n`;
    });
    if (isCall) {
      const call = `${name} = TypedDict(\n${INDENT}"${name}",\n${INDENT}{\n${fields.join('')}${INDENT}},\n)\n`;
      return `${remark(doc, '')}${call}`;
    }
    return `class ${name}(TypedDict):\n${docstring(doc, INDENT)}${fields.join('')}`;
  }
}

/** Puts each choice of a literal on a line of its own if the line is too long. */
function broken(line: string, depth = 0): string {
  const indent = INDENT.repeat(depth);
  if (indent.length + line.trimEnd().length <= WIDTH) return indent + line;
  const inner = line.replaceAll(/Literal\[([^\]]*)\]/g, (whole, choices: string) => {
    if (!choices.includes(', ')) return whole;
    const lines = choices.split(', ').map((choice) => `${indent}${INDENT}${choice},\n`);
    return `Literal[\n${lines.join('')}${indent}]`;
  });
  return indent + inner;
}

export function docstring(text: string | undefined, indent: string): string {
  if (text === undefined) return '';
  const lines = wrapped(text, WIDTH - indent.length - 6);
  if (lines.length === 1) return `${indent}"""${lines[0]}"""\n\n`;
  return `${indent}"""${lines.map((line, at) => (at === 0 ? line : indent + line)).join('\n')}\n${indent}"""\n\n`;
}

function remark(text: string | undefined, indent: string): string {
  if (text === undefined) return '';
  return wrapped(text, WIDTH - indent.length - 3)
    .map((line) => `${indent}#: ${line}\n`)
    .join('');
}

function wrapped(text: string, width: number): string[] {
  const sentence = text.endsWith('.') ? text : `${text}.`;
  const lines = sentence.match(new RegExp(`.{1,${width}}(?: |$)`, 'g')) ?? [];
  return lines.map((line) => line.trim());
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

function literal(values: readonly unknown[]): string {
  const shown = values.map((value) => {
    if (value === null) return 'None';
    if (typeof value === 'boolean') return value ? 'True' : 'False';
    return JSON.stringify(value);
  });
  return `Literal[${shown.join(', ')}]`;
}

function camel(field: string): string {
  return field.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
