// A program of the CommonJS kind: the SDK comes by `require`.
const twilio = require('twilio');
const { runScenario } = require('./scenario.ts');

void runScenario(twilio);
