import { z } from 'zod';
import type { Caller } from '../../access/principal.ts';
import { withoutPassword } from '../../kit/user-info.ts';

/**
 * Every URL in an answer passes through this file. A field of the type `url` may hold a user name
 * and a password. The account itself reads the URL that it set. Every other reader (a Connect app,
 * a parent account, an operator) reads at most `https://user@host`.
 */

type Shower = (value: unknown) => unknown;

const showers = new WeakMap<z.ZodType, { readonly shower: Shower | null }>();

/** A resource of the API, in the form that this caller may read. */
export function shownTo(caller: Caller, schema: z.ZodType, value: unknown): unknown {
  return isItsOwn(caller, value) ? value : withoutPasswords(schema, value);
}

/** An answer without the passwords in the URLs that its schema names. */
export function withoutPasswords(schema: z.ZodType, value: unknown): unknown {
  const shower = showerOf(schema);
  return shower === null ? value : shower(value);
}

/** Whether an account reads its own resource, with its own token or key. */
function isItsOwn(caller: Caller, value: unknown): boolean {
  const { account_sid } = value as { readonly account_sid?: unknown };
  if (caller.kind === 'connect_app') return false;
  return account_sid === (caller.kind === 'test' ? caller.test_sid : caller.account.sid);
}

/** Makes the function that removes passwords from values of a schema; null when it has no URL field. */
function showerOf(schema: z.ZodType): Shower | null {
  let known = showers.get(schema);
  if (!known) {
    known = { shower: makeShower(schema) };
    showers.set(schema, known);
  }
  return known.shower;
}

function makeShower(schema: z.ZodType): Shower | null {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return showerOf(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodArray) return showerOfArray(schema.element as z.ZodType);
  if (schema instanceof z.ZodObject) return showerOfObject(schema.shape);
  if (schema.meta()?.['format'] !== 'uri') return null;
  return (value) => (typeof value === 'string' ? withoutPassword(value) : value);
}

function showerOfArray(element: z.ZodType): Shower | null {
  const shower = showerOf(element);
  return shower && ((value) => (Array.isArray(value) ? value.map(shower) : value));
}

function showerOfObject(shape: z.ZodRawShape): Shower | null {
  const urls = Object.entries(shape).flatMap(([name, field]) => {
    const shower = showerOf(field as z.ZodType);
    return shower ? [{ name, shower }] : [];
  });
  if (urls.length === 0) return null;
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    const shown: Record<string, unknown> = { ...value };
    for (const { name, shower } of urls) if (name in shown) shown[name] = shower(shown[name]);
    return shown;
  };
}
