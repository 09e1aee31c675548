import { readFileSync } from 'node:fs';

/** The kernel counts a process's time in hundredths of a second. */
const tickMs = 10;

/** CPU time that a process has used, in user and system mode, of all its threads; milliseconds. */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program may hold blanks; it ends with the last bracket.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Resident memory of a process, KiB. */
export const memoryKib = (pid: number): number => kibOf(pid, /^VmRSS:\s+([0-9]+) kB$/m);

/** The most that it ever was. */
export const peakMemoryKib = (pid: number): number => kibOf(pid, /^VmHWM:\s+([0-9]+) kB$/m);

function kibOf(pid: number, line: RegExp): number {
  return Number(line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN);
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
