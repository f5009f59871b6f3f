// An ES module: the SDK is imported.
import twilio from 'twilio';
import { runScenario } from './scenario.ts';

await runScenario(twilio);
