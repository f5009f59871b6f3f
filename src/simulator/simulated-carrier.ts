import type { TaskHandlers } from '../jobs/task-worker.ts';
import { rentNumber } from '../numbers/rent-number.ts';
import { finishDetection } from './detect-machine.ts';
import { finishTranscription } from './finish-transcription.ts';
import { simulateCall } from './simulate-call.ts';
import { simulateMessage } from './simulate-message.ts';

/** The carrier that comes with the product: it knows everybody, and answers by their numbers. */
export const SIMULATED_CARRIER: TaskHandlers = {
  message: simulateMessage,
  call: simulateCall,
  number: rentNumber,
  transcription: finishTranscription,
  detection: finishDetection,
};
