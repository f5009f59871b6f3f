import assert from 'node:assert/strict';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { ROUTES } from '../../src/routes.ts';
import { readShared } from './shared.ts';

/**
 * The allowed differences between answers of this server and the official description. Each one
 * must occur in the tests, so none stays longer than its reason.
 */
const DEVIATIONS: readonly {
  readonly about: RegExp;
  readonly keyword: string;
  /** The name of the field, when the difference is a field that is not declared. */
  readonly field?: string;
  readonly reason: string;
}[] = [
  {
    about: /^\/(first_page|next_page|previous_page)_uri$|^(\/countries\/\d+)?\/uri$/,
    keyword: 'format',
    reason:
      'The links of 2010 lists are declared as `uri`, and are relative in every official ' +
      'example, in Twilio’s pages and in what the SDKs parse.',
  },
  {
    about: /^\/usage_records\/\d+\/price$|^(\/(recordings|transcriptions)\/\d+)?\/price$/,
    keyword: 'type',
    reason:
      'The price of a usage record, a transcription and a recording of a call is declared as a ' +
      'number, and is a decimal string in every official example: a number would not carry an ' +
      'amount exactly.',
  },
  {
    about: /\/capabilities$/,
    keyword: 'additionalProperties',
    reason:
      'The capabilities are declared in lower case, and the SDK of Java reads `SMS` and `MMS`: ' +
      'both are there.',
  },
  {
    about: /^(\/incoming_phone_numbers\/\d+)?$/,
    keyword: 'additionalProperties',
    field: 'type',
    reason:
      'The type of a number is declared on the list of all numbers, and not on the lists of one ' +
      'type; a number looks the same in each.',
  },
  ...['type', 'enum'].map((keyword) => ({
    about: /^(\/usage_triggers\/\d+)?\/recurring$/,
    keyword,
    reason:
      'A trigger that does not recur has null in the official examples, and the declared ' +
      'enumeration leaves null out.',
  })),
];

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Json }> };
  readonly responses: Record<string, { readonly content?: Json }>;
}

export interface Official {
  readonly document: string;
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

const DOCUMENTS = ['twilio_api_v2010.subset.json', 'twilio_voice_v1.subset.json'];

/**
 * An OpenAPI 3.0 schema as JSON Schema, with stricter rules. The official schemas require no field
 * and allow any further field, so an empty object would fit all of them.
 */
function tightened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(tightened);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = schema as Json;
  const result = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, tightened(value)]),
  );
  if (result['type'] === 'object' && result['properties']) {
    result['required'] = Object.keys(result['properties']);
    result['additionalProperties'] = false;
  }
  if (nullable === true) {
    if (result['type'] !== undefined) result['type'] = [result['type'], 'null'];
    if (Array.isArray(result['enum'])) result['enum'] = [...result['enum'], null];
  }
  return result;
}

/** Formats that name the meaning of a text and give no rule for its characters. */
const UNCHECKED_FORMATS = [
  'uri-map',
  'http-method',
  'currency',
  'iso-country-code',
  'phone-number',
  'phone-number-capabilities',
];

/**
 * Lists of available numbers are declared with the fields of pages, but none of their official
 * examples has these fields.
 */
function withoutPages(id: string, responses: Operation['responses']): Operation['responses'] {
  if (!id.startsWith('ListAvailablePhoneNumber')) return responses;
  const text = JSON.stringify(responses, (name, value: unknown) =>
    /^(end|start|page|page_size|(first|next|previous)_page_uri)$/.test(name) ? undefined : value,
  );
  return JSON.parse(text) as Operation['responses'];
}

function readOperations(): { ajv: Ajv; operations: Map<string, Official> } {
  // The documents around the schemas have keywords of OpenAPI, which the strict mode would refuse.
  const formats = Object.fromEntries(UNCHECKED_FORMATS.map((format) => [format, true] as const));
  const ajv = new Ajv({ strict: false, allErrors: true, formats });
  addFormats.default(ajv);
  const rfc2822 = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/;
  ajv.addFormat('date-time-rfc-2822', rfc2822);

  const operations = new Map<string, Official>();
  for (const document of DOCUMENTS) {
    const { paths, components } = JSON.parse(readShared(`spec/openapi/${document}`)) as {
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, Json> };
    };
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (typeof operation.operationId !== 'string') continue;
        operations.set(operation.operationId, { document, path, method, operation });
      }
    }
    // Only the answers of this server's operations, because others name unregistered formats.
    const served = ROUTES.endpoints.flatMap(({ id }) => {
      const official = operations.get(id);
      return official?.document === document
        ? [[id, withoutPages(id, official.operation.responses)]]
        : [];
    });
    const whole = { operations: Object.fromEntries(served), components };
    ajv.addSchema(tightened(whole) as Json, document);
  }
  return { ajv, operations };
}

/**
 * Reads the official description of this server's operations, to compare answers with it. The
 * description must exist (`hasShared`).
 */
export function readOfficial() {
  const { ajv, operations } = readOperations();
  const met = new Set<(typeof DEVIATIONS)[number]>();

  const isDeviation = ({ instancePath, keyword, params }: ErrorObject): boolean => {
    const known = DEVIATIONS.find(
      ({ about, field, ...one }) =>
        one.keyword === keyword &&
        about.test(instancePath) &&
        (field === undefined || field === params['additionalProperty']),
    );
    if (known) met.add(known);
    return known !== undefined;
  };

  return {
    operations,
    /** The allowed differences that have not occurred so far. */
    unmet: () => DEVIATIONS.filter((deviation) => !met.has(deviation)),
    /** Throws for a JSON answer that differs from the description. */
    assertFits: (id: string, status: number, body: unknown): void => {
      const { document } = operations.get(id) as Official;
      const pointer = `operations/${id}/${status}/content/application~1json/schema`;
      const validate = ajv.getSchema(`${document}#/${pointer}`);
      assert.ok(validate, `${id} has no official schema for ${status}`);
      void validate(body);
      const wrong = (validate.errors ?? []).filter((error) => !isDeviation(error));
      assert.deepEqual(wrong, [], `${id} answered ${JSON.stringify(body)}`);
    },
  };
}
