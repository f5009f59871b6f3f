/** The time between two changes of the line. */
const PERIOD_MS = 500;
const CLEAR_LINE = '\r\u001b[K';

/**
 * A line on a terminal that says how far work has come. It is cleared at the end of its scope.
 * Nothing is written where the standard error output is no terminal.
 *
 * @param doing the work, such as `restoring`
 */
export function progressLine(doing: string): ProgressLine {
  const { stderr } = process;
  let shown: number | null = null;
  return {
    show: (text) => {
      const now = performance.now();
      if (!stderr.isTTY || (shown !== null && now - shown < PERIOD_MS)) return;
      shown = now;
      stderr.write(`${CLEAR_LINE}${doing}: ${text()}`);
    },
    [Symbol.dispose]: () => {
      if (shown !== null) stderr.write(CLEAR_LINE);
    },
  };
}

interface ProgressLine extends Disposable {
  /** Shows a text, unless the last one is quite new. */
  readonly show: (text: () => string) => void;
}
