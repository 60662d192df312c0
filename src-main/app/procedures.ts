/** A call on a client of whatever contract. */
type Call = (input: unknown, options: { signal?: AbortSignal }) => Promise<unknown>;

/**
 * Calls a procedure by its path.
 * @param client any client of the contract: its groups are properties, its procedures functions.
 */
export function callProcedure(
  client: object,
  path: readonly string[],
  input: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const procedure = path.reduce<unknown>(
    (group, name) => (group as Record<string, unknown>)[name],
    client,
  );
  return (procedure as Call)(input, signal === undefined ? {} : { signal });
}
