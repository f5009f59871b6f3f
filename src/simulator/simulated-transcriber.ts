import type { Transcribe } from '../recordings/finish-transcription.ts';

/** Simulated recordings hold no speech, so a transcription consists of words known beforehand. */
export const simulatedText: Transcribe = ({ words, seconds }) =>
  words || `A simulated recording of ${seconds} seconds.`;
