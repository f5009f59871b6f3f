import fc from 'fast-check';
import type { z } from 'zod';

/** The read parts of a schema's definition. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly options?: readonly z.core.$ZodType[];
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
}

/** Draws values that a schema accepts. Properties that may be absent are absent at times. */
export function valuesOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const definition = schema._zod.def as unknown as Definition;
  const { type, shape = {}, options = [], element, valueType, innerType } = definition;
  switch (type) {
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 20 });
    case 'number':
      return fc.integer();
    case 'boolean':
      return fc.boolean();
    case 'literal':
      return fc.constantFrom(...(definition.values ?? []));
    case 'enum':
      return fc.constantFrom(...Object.values(definition.entries ?? {}));
    case 'union':
      return fc.oneof(...options.map(valuesOf));
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(shape).map(([name, one]) => [name, valuesOf(one)])),
        {
          requiredKeys: Object.keys(shape).filter((name) => !isOptional(shape[name])),
          noNullPrototype: true,
        },
      );
  }
  const inner = element ?? valueType ?? innerType;
  if (!inner) throw new Error(`No values are drawn of a schema of type ${type}`);
  switch (type) {
    case 'array':
      return fc.array(valuesOf(inner), { maxLength: 3 });
    case 'record':
      return fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,9}$/), valuesOf(inner), {
        maxKeys: 3,
        noNullPrototype: true,
      });
    case 'nullable':
      return fc.option(valuesOf(inner));
    case 'default':
    case 'optional':
      return valuesOf(inner);
  }
  throw new Error(`No values are drawn of a schema of type ${type}`);
}

function isOptional(schema: z.core.$ZodType | undefined): boolean {
  return schema?._zod.def.type === 'optional';
}
