// The compiler checks the whole scenario against the SDK's own types.
import twilio from 'twilio';
import { runScenario } from './scenario.ts';

await runScenario(twilio);
