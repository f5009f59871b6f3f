/** A target of a connection policy, as far as its turn depends on it. */
export interface Weighed {
  readonly priority: number;
  readonly weight: number;
}

interface OrderBy<T> {
  /** Draws a whole number from 0 to below `limit`. */
  readonly draw: (limit: number) => number;
  /** Whether a target did not answer lately. Such targets come last. */
  readonly isDown: (target: T) => boolean;
}

/**
 * Orders the targets of one call (RFC 2782): the lowest priority number first, and those of the same
 * priority by draws in proportion to the weights of those left. Every target comes once.
 */
export function orderTargets<T extends Weighed>(
  targets: readonly T[],
  { draw, isDown }: OrderBy<T>,
): T[] {
  const drawn = [...byPriority(targets).values()].flatMap((same) => drawAll(same, draw));
  return [...drawn.filter((one) => !isDown(one)), ...drawn.filter((one) => isDown(one))];
}

function byPriority<T extends Weighed>(targets: readonly T[]): Map<number, T[]> {
  return Map.groupBy(
    targets.toSorted((a, b) => a.priority - b.priority),
    ({ priority }) => priority,
  );
}

function drawAll<T extends Weighed>(same: readonly T[], draw: (limit: number) => number): T[] {
  const left = [...same];
  const drawn: T[] = [];
  while (left.length > 0) {
    const weights = left.reduce((sum, { weight }) => sum + weight, 0);
    let rest = weights === 0 ? -1 : draw(weights);
    // Targets without any weight keep their order.
    const index = left.findIndex(({ weight }) => {
      rest -= weight;
      return rest < 0;
    });
    drawn.push(...left.splice(Math.max(0, index), 1));
  }
  return drawn;
}
