import type { Child } from '../../test/support/child';
import { freePort } from '../../test/support/ports';
import type { EchoDone, EchoTask } from '../processes/echo-client';
import { cpuMs, median } from '../support/counts';
import { payload } from '../support/echo-contract';
import { have, startProcess } from '../support/load';
import type { Report } from '../support/report';

const kinds = { ours: 'our RPC', nest: 'bare Nest TCP', http: 'node:http, kept alive' } as const;
type Kind = keyof typeof kinds;
const rounds = 5;
const task: EchoTask = { inFlight: 50, ms: 2_000 };
const warmUp: EchoTask = { inFlight: 50, ms: 3_000 };

const why =
  "a profile of 2026-11-26 shows 17 % of the server's time and 9 % of the client's in checks of " +
  'the payload, which the bare echo has none of';

interface Pair {
  readonly server: Child;
  readonly client: Child;
}

interface Rate {
  readonly perSecond: number;
  /** Microseconds of CPU for one call. */
  readonly clientUs: number;
  readonly serverUs: number;
}

/** One call between two processes and back, about 1 KiB each way. */
export async function rpc(): Promise<Report> {
  const pairs = new Map<Kind, Pair>();
  for (const kind of Object.keys(kinds) as Kind[]) {
    const env = { KIND: kind, PORT: String(await freePort()) };
    const server = await startProcess({ name: 'echo-server', env });
    pairs.set(kind, { server, client: await startProcess({ name: 'echo-client', env }) });
  }
  for (const { client } of pairs.values()) await have<EchoDone>(client, warmUp);
  const found = new Map<Kind, Rate[]>([...pairs.keys()].map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [kind, pair] of pairs) found.get(kind)?.push(await rateOf(pair));
  }
  await Promise.all(
    [...pairs.values()].flatMap(({ server, client }) => [
      server.end('SIGTERM'),
      client.end('SIGTERM'),
    ]),
  );
  return reportOf(found);
}

async function rateOf({ server, client }: Pair): Promise<Rate> {
  const used = () => [client, server].map(({ pid }) => cpuMs(pid ?? 0));
  const [clientBefore = 0, serverBefore = 0] = used();
  const { calls, ms } = await have<EchoDone>(client, task);
  const [clientAfter = 0, serverAfter = 0] = used();
  return {
    perSecond: (calls * 1_000) / ms,
    clientUs: ((clientAfter - clientBefore) * 1_000) / calls,
    serverUs: ((serverAfter - serverBefore) * 1_000) / calls,
  };
}

function reportOf(found: ReadonlyMap<Kind, Rate[]>): Report {
  const ratio = median(
    (found.get('ours') ?? []).map(({ perSecond }, round) => {
      return perSecond / (found.get('nest')?.[round]?.perSecond ?? Number.NaN);
    }),
  );
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  return {
    rows: [...found].map(([kind, rates]) => ({
      hop: kinds[kind],
      'calls/s': median(rates.map(({ perSecond }) => perSecond)),
      'client, µs of CPU': median(rates.map(({ clientUs }) => clientUs)),
      'server, µs of CPU': median(rates.map(({ serverUs }) => serverUs)),
    })),
    claims: [{ what: 'rate, of a bare Nest TCP echo', value: ratio, limit: 0.9, least: true, why }],
    notes: [
      `${bytes} bytes of JSON each way, ${task.inFlight} calls at once. Ours checks the payload ` +
        'where it arrives and where it comes back, each call has a time limit and names its ' +
        'trace; the others do none of this.',
    ],
  };
}
