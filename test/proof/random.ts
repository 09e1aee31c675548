/** Numbers from 0 (included) to 1 that look random and are always the same for one seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The list in another order: each has the same chance of any place. */
export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list];
  for (let left = result.length - 1; left > 0; left -= 1) {
    const chosen = Math.floor(random() * (left + 1));
    [result[left], result[chosen]] = [result[chosen] as T, result[left] as T];
  }
  return result;
}
