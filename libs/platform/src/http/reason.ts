/** Why a request failed, in one word. A time-out has a number for a code, which says nothing. */
export function reasonOf({ code, name }: { code?: unknown; name: string }): string {
  return typeof code === 'string' ? code : name;
}
