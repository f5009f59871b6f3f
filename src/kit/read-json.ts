import { z } from 'zod';

const TEXTS = z.array(z.string());

/** Reads a list of texts from a column. @throws Error for anything else, which nobody writes. */
export function readTexts(json: string): string[] {
  return TEXTS.parse(JSON.parse(json));
}
