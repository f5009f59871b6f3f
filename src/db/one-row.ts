/** The row of a statement that must have found one. */
export function oneRow<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error('A row that must exist is not there');
  return row;
}
