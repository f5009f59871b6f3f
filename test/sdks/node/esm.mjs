// An ES module that imports the SDK.
import twilio from 'twilio';
import { runScenario } from './scenario.ts';

await runScenario(twilio);
