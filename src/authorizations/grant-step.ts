import { z } from 'zod';
import type { Shape, Steps } from '../jobs/step.ts';
import type { Step } from '../jobs/task.ts';

/** The end that the customer has set for a grant is due. */
interface GrantStep extends Step {
  readonly name: 'end';
}

export const GRANT_STEPS: Steps<GrantStep> = {
  kind: 'grant',
  schema: z.object({ name: z.literal('end') } satisfies Shape<GrantStep>),
};

export const END_GRANT: GrantStep = { name: 'end' };
