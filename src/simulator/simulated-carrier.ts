import type { Carrier } from '../carrier/carrier.ts';
import { SIMULATED_CALLS } from './simulated-calls.ts';
import { SIMULATED_MESSAGES } from './simulated-messages.ts';

/**
 * The carrier that comes with the product. Every number exists, and its digits decide the reaction.
 */
export const SIMULATED_CARRIER: Carrier = { calls: SIMULATED_CALLS, messages: SIMULATED_MESSAGES };
