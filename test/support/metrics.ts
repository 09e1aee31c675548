import type { ServiceProcess } from './processes';
import { until } from './until';

/** What a process measures: each series, as it is written, and its value. */
export type Measured = ReadonlyMap<string, number>;

/** Where a service that has started with `METRICS_PORT=0` tells what it measures. */
export function metricsAddress({ log }: ServiceProcess): string {
  const line = log.find((each) => each.includes('"msg":"metrics"'));
  if (!line) throw new Error('it measures nothing');
  return `http://127.0.0.1:${JSON.parse(line).metrics.port}/metrics`;
}

/** Asks it, and reads Prometheus's text. */
export async function measured(address: string): Promise<Measured> {
  const answer = await fetch(address);
  if (answer.status !== 200) throw new Error(`${address} answered ${answer.status}`);
  const lines = (await answer.text()).split('\n');
  const told = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    told.map((line): [string, number] => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Waits until the series has such a value. */
export function untilMeasured(
  address: string,
  series: string,
  isSo: (value: number) => boolean,
): Promise<unknown> {
  return until(`${series} is so`, async () => {
    const value = (await measured(address)).get(series);
    return value !== undefined && isSo(value);
  });
}
