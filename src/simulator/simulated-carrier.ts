import { simulateCall } from '../calls/carry-call.ts';
import { finishDetection } from '../calls/detect-machine.ts';
import type { TaskHandlers } from '../jobs/task-worker.ts';
import { simulateMessage } from '../messages/carry-message.ts';
import { rentNumber } from '../numbers/rent-number.ts';
import { finishTranscription } from '../recordings/finish-transcription.ts';

/** The carrier that comes with the product: it knows everybody, and answers by their numbers. */
export const SIMULATED_CARRIER: TaskHandlers = {
  message: simulateMessage,
  call: simulateCall,
  number: rentNumber,
  transcription: finishTranscription,
  detection: finishDetection,
};
