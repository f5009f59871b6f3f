import type { Transcribe } from '../recordings/finish-transcription.ts';

/** Simulated recordings hold no speech, so that only words known beforehand can be told. */
export const simulatedText: Transcribe = ({ words, seconds }) =>
  words || `A simulated recording of ${seconds} seconds.`;
