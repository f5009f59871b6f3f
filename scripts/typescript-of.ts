/** A JSON schema, with the keywords that the control API uses. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/** The longest enumeration that is written out. A longer one is shown as text. */
const MAX_WORDS = 24;

const COMMENT_WIDTH = 90;
const LINES = new RegExp(`.{1,${COMMENT_WIDTH}}(?: |$)`, 'g');

const SIMPLE: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** Writes JSON schemas as types of TypeScript. A declared type appears by its name. */
export class TypeWriter {
  readonly #names = new Map<string, string>();

  /** The type of a schema, on one line unless a field of it is documented. */
  typeOf(schema: JsonSchema): string {
    const text = this.#textOf(schema);
    return this.#names.get(text) ?? text;
  }

  /** Declares a type. Afterwards `typeOf` writes its name for every equal schema. */
  declare(name: string, schema: JsonSchema, doc?: string): string {
    const text = this.#textOf(schema);
    if (this.#names.has(text)) throw new Error(`${name} is ${this.#names.get(text)} once more`);
    this.#names.set(text, name);
    const declared = text.startsWith('{')
      ? `export interface ${name} ${text}`
      : `export type ${name} = ${text};`;
    return `${comment(doc)}${declared}\n`;
  }

  #textOf(schema: JsonSchema): string {
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return union(choices.map((one) => this.typeOf(one)));
    if (schema.const !== undefined) return literal(schema.const);
    if (schema.enum && schema.enum.length <= MAX_WORDS) return union(schema.enum.map(literal));
    if (typeof schema.type === 'object') {
      return union(schema.type.map((type) => this.typeOf({ ...schema, type })));
    }
    switch (schema.type) {
      case 'array':
        return `readonly ${bracketed(this.typeOf(schema.items ?? {}))}[]`;
      case 'object':
        return this.#objectOf(schema);
      case undefined:
        return 'unknown';
      default:
        return SIMPLE[schema.type] ?? raise(`there is no type for ${schema.type}`);
    }
  }

  #objectOf({ properties, required = [], additionalProperties }: JsonSchema): string {
    if (!properties) {
      const rest = typeof additionalProperties === 'object' ? additionalProperties : {};
      return `Readonly<Record<string, ${this.typeOf(rest)}>>`;
    }
    const fields = Object.entries(properties).map(([name, field]) => {
      const mark = required.includes(name) ? '' : '?';
      return `${comment(field.description)}readonly ${name}${mark}: ${this.typeOf(field)};`;
    });
    return `{\n${fields.join('\n')}\n}`;
  }
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

function bracketed(type: string): string {
  return type.includes(' | ') && !type.startsWith('{') ? `(${type})` : type;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

/** A comment whose lines stay within the width of the sources when they are indented. */
export function comment(text: string | undefined): string {
  if (text === undefined) return '';
  const sentence = text.endsWith('.') ? text : `${text}.`;
  if (sentence.length <= COMMENT_WIDTH) return `/** ${sentence} */\n`;
  const lines = sentence.match(LINES) ?? [];
  return `/**\n${lines.map((line) => ` * ${line.trim()}\n`).join('')} */\n`;
}

function raise(message: string): never {
  throw new Error(message);
}
