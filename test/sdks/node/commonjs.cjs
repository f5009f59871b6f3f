// A CommonJS program that loads the SDK by `require`.
const twilio = require('twilio');
const { runScenario } = require('./scenario.ts');

void runScenario(twilio);
