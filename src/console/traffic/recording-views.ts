import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';
import { code } from '../../pages/widgets.ts';
import { hasAudio, type Recording } from '../../recordings/recording.ts';
import type { Transcription } from '../../recordings/transcription.ts';
import { counted } from '../parts/console-views.ts';
import { priceLine, stateTag } from './log-views.ts';

/** The recordings of a call, with players and transcriptions. @param own the call's path */
export function recordingSection(
  own: string,
  recordings: readonly Recording[],
  transcriptions: readonly Transcription[],
): Html | null {
  if (recordings.length === 0) return null;
  return html`<section>
    <h2>Recordings</h2>
    ${recordings.map((recording, at) => {
      const { sid } = recording;
      const texts = transcriptions.filter(({ recording_sid }) => recording_sid === sid);
      return html`<article class="panel">
        <h3>Recording ${at + 1} ${stateTag(recording.status)}</h3>
        <p class="muted">${aboutRecording(recording)}</p>
        ${
          hasAudio(recording)
            ? html`<audio controls preload="none" src="${own}/recordings/${sid}"
                aria-label="Recording ${at + 1}"></audio>
                <p><a href="${own}/recordings/${sid}" download="${sid}.wav">Download as WAV</a></p>`
            : null
        }
        ${texts.map(transcriptionOf)}
        <p><small>${code(sid)}</small></p>
      </article>`;
    })}
  </section>`;
}

function aboutRecording({ duration, channels, price_micro, source }: Recording): string {
  const facts = [
    duration === null ? null : counted(duration, 'second'),
    channels === 2 ? 'each side in a channel' : 'both sides in one channel',
    SOURCES[source],
    priceLine(price_micro),
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}

const SOURCES = {
  DialVerb: 'asked for by Dial',
  OutboundAPI: 'asked for with the call',
  RecordVerb: 'asked for by Record',
  StartCallRecordingAPI: 'asked for during the call',
} as const satisfies Record<Recording['source'], string>;

function transcriptionOf({ status, transcription_text, price_micro }: Transcription): Html {
  const price = priceLine(price_micro);
  return html`<p>Transcription ${stateTag(status)} ${price && html`<small>${price}</small>`}</p>
    ${
      transcription_text === null
        ? null
        : html`<blockquote class="text" dir="auto">${transcription_text}</blockquote>`
    }`;
}
