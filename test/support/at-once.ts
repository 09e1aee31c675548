/** Does the work for each of the list, `atOnceMax` of them at the same time. */
export async function forEachAtOnce<T>(
  atOnceMax: number,
  list: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = list[Symbol.iterator]();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnceMax }, worker));
}
