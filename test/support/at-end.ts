import { after } from 'node:test';

const works: (() => Promise<unknown>)[] = [];
// Whoever runs several files in one process loads this one first: it is for all of them.
after(async () => {
  for (const work of works.reverse()) await work();
});

/** Is done when all tests of this process are over; what was said last is done first. */
export function atEnd(work: () => Promise<unknown>): void {
  works.push(work);
}
