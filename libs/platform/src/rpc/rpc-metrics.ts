import { isErrorCode, type WireError } from '@saoma/contracts/errors';
import { Counter, Gauge } from '../metrics/metric';

const method = { listedIn: 'rpc.md' };
/** `refused`: with an answer that a business knows; `unavailable`: nobody knows if it was done. */
const outcomes = ['ok', 'refused', 'unavailable', 'bug'] as const;
type Outcome = (typeof outcomes)[number];

/** What is known of the calls between the services, at both ends. */
export const rpcMetrics = {
  called: new Counter({
    name: 'saoma_rpc_client_calls_total',
    help: 'Calls that this process has made, and how they ended for it, all tries together.',
    unit: 'times',
    labels: { method, outcome: outcomes },
  }),
  calledSeconds: new Counter({
    name: 'saoma_rpc_client_seconds_total',
    help: 'How long it has waited for their answers, of all together.',
    unit: 'seconds',
    labels: { method },
  }),
  served: new Counter({
    name: 'saoma_rpc_server_calls_total',
    help: 'Calls that this process was asked for, and how it answered.',
    unit: 'times',
    labels: { method, outcome: outcomes },
  }),
  certificate: new Gauge({
    name: 'saoma_rpc_certificate_expiry_seconds',
    help: 'When the certificate in RPC_TLS_CERT ends, in Unix time.',
    unit: 'timestamp',
    labels: {},
  }),
};

/** Calls of these methods are told as 0 before there is one: a first failure is seen as a rise. */
export function expectCalls(counter: 'called' | 'served', methods: Iterable<string>): void {
  for (const method of methods) {
    for (const outcome of outcomes) rpcMetrics[counter].add({ method, outcome }, 0);
  }
}

/** How a call ended that failed so. */
export function outcomeOf(error: unknown): Outcome {
  const { code } = (error ?? {}) as Partial<WireError>;
  if (code === 'service/bug') return 'bug';
  return isErrorCode(code) && code !== 'service/unavailable' ? 'refused' : 'unavailable';
}
