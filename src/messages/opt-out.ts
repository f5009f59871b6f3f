/** A wish that a message of one word tells: docs/contract/messages.md, "STOP and START". */
export type Keyword = 'stop' | 'start' | 'help';

const WORDS: Readonly<Record<Keyword, readonly string[]>> = {
  stop: ['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'optout', 'revoke'],
  start: ['start', 'yes', 'unstop'],
  help: ['help', 'info'],
};
const KEYWORDS = new Map(
  (['stop', 'start', 'help'] as const).flatMap((keyword) =>
    WORDS[keyword].map((word) => [word, keyword] as const),
  ),
);

/** The wish to get no more messages, to get them again, or to get help; null: none of these. */
export function keywordOf(body: string): Keyword | null {
  return KEYWORDS.get(body.trim().toLowerCase()) ?? null;
}
