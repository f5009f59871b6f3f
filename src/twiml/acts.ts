import type { NewEntry } from '../carrier/timeline.ts';
import type { ListenAct, SpeakAct, TakeAct } from '../carriers/line-act.ts';
import type {
  CallbackWanted,
  CallEnd,
  CallNext,
  CallRecord,
  CallState,
  Method,
} from './call-run.ts';

/**
 * The acts of a call, and their outcomes. The interpreter (`next-act.ts`) gives one act at a time. A
 * far end performs it, and the interpreter takes the outcome. All of it is plain JSON, so another
 * process can go on where one stopped.
 */

/** The other side hears prompts, and presses keys or speaks. */
export interface GatherAct extends ListenAct {
  /** The URL that receives the input; null without one. */
  readonly action: string | null;
  readonly method: Method;
  /** Whether the action is requested after silence too. */
  readonly action_on_empty_result: boolean;
}

/** The other side is recorded. */
export interface RecordingAct
  extends TakeAct,
    Pick<CallRecord, 'transcribe' | 'transcribe_callback' | 'action' | 'method'> {
  readonly recording_status_callback: CallbackWanted | null;
}

/** An act that takes time on the line and has an outcome. */
export type LineAct = SpeakAct | GatherAct | RecordingAct;

/** An act on the line, or what `calls/` does next. */
export type CallAct = LineAct | CallNext;

/** The place of a call in its document. */
export interface Cursor {
  /** The index of the next verb. */
  readonly verb: number;
  /** The act of the verb before it that has no outcome yet. */
  readonly waiting: LineAct | null;
}

/** The beginning of a document. */
export const FIRST_VERB: Cursor = { verb: 0, waiting: null };

/** One act, and the call while it is performed. */
export interface Advance {
  readonly act: CallAct;
  /** The place that the outcome of an act on the line belongs to. */
  readonly cursor: Cursor;
  readonly state: CallState;
  /** Entries for the timeline. */
  readonly events: readonly NewEntry[];
}

const LINE_ACTS: ReadonlySet<CallAct['kind']> = new Set(['speak', 'gather', 'recording']);

export function isLineAct(act: CallAct): act is LineAct {
  return LINE_ACTS.has(act.kind);
}

/** The end of a call whose other side hung up. */
export const HUNG_UP: CallEnd = { kind: 'end', because: 'hangup' };
