import { KeyPad } from '../media/key-pad.ts';
import { type Media, MediaError } from '../media/media.ts';
import type { PortRange } from '../media/messages.ts';
import { performOnLine } from '../media/perform.ts';
import type { PromptSource } from '../media/prompts.ts';
import { type Agreed, answerOffer, hearAnswer, makeOffer } from '../sip/offer-answer.ts';
import type { OpenSound } from './call-sound.ts';
import { silence } from './silence.ts';

interface Parts {
  readonly media: Media;
  readonly ports: PortRange;
  readonly source: PromptSource;
  /** Whether sound may go to an address of a far side. */
  readonly mayCall: (address: string) => boolean;
  readonly randomBytes: (size: number) => Buffer;
}

const MAY_NOT = 'The far side asks for sound at an address that calls may not go to';
const NO_CODEC = 'The far side takes no G.711 over plain RTP';

/** The sound of calls over RTP. A call for which no port is free has none, and its timeline says so. */
export function lineSound(parts: Parts): OpenSound {
  return async (address, failed) => {
    const { media, ports, source, randomBytes } = parts;
    const keys = new KeyPad();
    const hear = { key: keys.press.bind(keys), failed };
    const line = await media.openLine(ports, hear).catch(refusalOf);
    if (line instanceof MediaError) {
      const reason = wordsOf(line);
      return { ...silence(address), agreed: async () => reason };
    }
    const session = randomBytes(4).readUInt32BE(0);
    const local = { address, port: line.port, session, version: 1 };
    const offer = makeOffer(local);
    let peer = '';
    const start = (far: Agreed): string | null => {
      if (!parts.mayCall(far.address)) return MAY_NOT;
      try {
        keys.forgetWay();
        line.start({ ...far, peer });
        return null;
      } catch (error) {
        return wordsOf(refusalOf(error));
      }
    };
    return {
      line,
      offer: () => offer,
      answer(sdp, from = peer) {
        peer = from;
        const answered = answerOffer(sdp, local);
        return answered && start(answered.agreed) === null ? answered.sdp : null;
      },
      async agreed(sdp, from) {
        peer = from;
        const far = hearAnswer(sdp);
        return far ? start(far) : NO_CODEC;
      },
      keys,
      perform: (act, signal) => performOnLine(act, { line, keys, source, signal }),
      close: () => line.close(),
    };
  };
}

function refusalOf(error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  throw error;
}

/** A reason as the beginning of a sentence. */
function wordsOf({ message }: MediaError): string {
  return message.replace(/\.$/, '');
}
