/** What the action gives; undefined if it throws, whatever the reason is. */
export function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
