import { z } from 'zod';
import { PERMISSIONS } from '../../kit/permission.ts';
import { iso8601, rfc2822 } from '../../kit/utc.ts';

/**
 * The outside form of a resource: its names in the representations, and its fields.
 * The type parameter is the type that handlers return and the schema describes.
 */
export interface Resource<T = unknown> {
  /** The instance element in XML and the schema's name: `ConnectApp`. */
  readonly element: string;
  /** The list element in XML: `ConnectApps`. */
  readonly list_element: string;
  /** The array's key in a JSON list: `connect_apps`. */
  readonly key: string;
  readonly schema: z.ZodType<T>;
}

export function resource<Shape extends z.ZodRawShape>(
  element: string,
  key: string,
  shape: Shape,
): Resource<z.infer<z.ZodObject<Shape>>> {
  const list_element = key.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
  const schema = z.object(shape) as unknown as z.ZodType<z.infer<z.ZodObject<Shape>>>;
  return { element, list_element, key, schema };
}

/** The types of fields in answers. */
export const sid = (prefix: string) =>
  z
    .string()
    .length(34)
    .regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`));
export const rfc2822Date = z.string().meta({ format: 'date-time-rfc-2822' });
export const iso8601Date = z.string().meta({ format: 'date-time' });
export const url = z.string().meta({ format: 'uri' });
export const method = z.enum(['GET', 'POST']);
export const permissions = z.array(z.enum(PERMISSIONS));
export const uriMap = z.record(z.string(), z.string());

interface Row {
  readonly date_created: number;
  readonly date_updated: number;
}

/** The dates of a row as the 2010 API writes them. */
export function dates2010(row: Row): { date_created: string; date_updated: string } {
  return { date_created: rfc2822(row.date_created), date_updated: rfc2822(row.date_updated) };
}

/** The dates of a row as the v1 APIs write them. */
export function datesV1(row: Row): { date_created: string; date_updated: string } {
  return { date_created: iso8601(row.date_created), date_updated: iso8601(row.date_updated) };
}
