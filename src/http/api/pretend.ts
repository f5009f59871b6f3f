import type { TestPrincipal } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import { NotFound } from '../../kit/api-error.ts';
import type { Answer } from '../answers/answer.ts';
import type { Endpoint } from '../endpoint.ts';
import { answerOne } from './answer-resource.ts';
import type { Asked } from './read-request.ts';

/**
 * Answers test credentials as if the request had been carried out. Nothing is stored, so an
 * `Idempotency-Key` has nothing to find and is ignored.
 * @throws ApiError 404 for an endpoint that does not pretend, and for the content of a file.
 */
export async function pretend(
  { newSid, now }: App,
  endpoint: Endpoint,
  caller: TestPrincipal,
  { account_sid, path, input, location }: Asked,
): Promise<Answer> {
  const { format, suffix } = location;
  const isRepresentation = suffix === '' || suffix === `.${format}`;
  if (!endpoint.pretends || !isRepresentation) throw new NotFound();
  const value = endpoint.pretends({ newSid, now: now(), account_sid, path, input });
  return answerOne(endpoint, caller, value, format);
}
