/** The names in a path: `/accounts/:AccountSid/calls/:Sid` has `AccountSid` and `Sid`. */
export type ParameterNames<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer After}`
    ? Name | ParameterNames<After>
    : Rest
  : never;

/** The values that a request's path has for these names. */
export type PathParameters<Path extends string> = Readonly<Record<ParameterNames<Path>, string>>;
