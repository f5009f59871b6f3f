/** `1 cell`, `1,200 cells`. */
export function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
}

/** `$1, $4 and $9`, with at most `most` names. */
export function cellNames(indexes: readonly number[], most = 5): string {
  const names = indexes.slice(0, most).map((index) => `$${index}`);
  const rest = indexes.length - names.length;
  if (rest > 0) return `${names.join(', ')} and ${rest} more`;
  const last = names.pop() ?? '';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}
