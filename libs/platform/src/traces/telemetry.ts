import { z } from 'zod';
import { flag, plainHttpOnly, secret, webAddress } from '../config';
import { recordBy } from './spans';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const protocols = ['http/protobuf', 'http/json'] as const;

/** OpenTelemetry's own variables; its packages read them, and more, by themselves. */
export const telemetryVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress
    .optional()
    .describe(
      'where OpenTelemetry sends traces, to `/v1/traces` below it: `http://127.0.0.1:4318`; ' +
        'without it nothing is recorded',
    ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: webAddress
    .optional()
    .describe('the same as a whole address, in its place'),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .optional()
    .describe('what is sent there as headers: `name=value`, comma separated')
    .meta(secret),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(protocols)
    .default('http/protobuf')
    .describe(protocols.join(' or ')),
  OTEL_SERVICE_NAME: z
    .string()
    .optional()
    .describe('what it is called there; by default as here, `order-service`'),
  OTEL_RESOURCE_ATTRIBUTES: z
    .string()
    .optional()
    .describe('more that is said of the service there: `name=value`, comma separated'),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers)
    .default('parentbased_always_on')
    .describe(`which traces are recorded: ${samplers.join(', ')}`),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.[0-9]+)?|1(\.0+)?)$/, 'must be a number from 0 to 1')
    .optional()
    .describe('the share of `traceidratio` and `parentbased_traceidratio`, 0 to 1'),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).default('otlp').describe('none: nothing is sent'),
  OTEL_SDK_DISABLED: flag.describe('true: nothing is recorded'),
};

/** A check: the addresses are https, or of hosts that may be called by plain http. */
export const telemetryFits = plainHttpOnly(
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
);

/** The environment of a service that may record traces. */
export type Telemetry = {
  readonly [N in keyof typeof telemetryVariables]?: z.output<(typeof telemetryVariables)[N]>;
};

/**
 * Starts OpenTelemetry if the environment says where to; its packages are loaded only then. Gives
 * what sends the last spans and stops it.
 */
export async function startTelemetry(name: string, env: Telemetry): Promise<() => Promise<void>> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = env;
  const isOff = env.OTEL_SDK_DISABLED || env.OTEL_TRACES_EXPORTER === 'none';
  if (isOff || (all ?? traces) === undefined) return async () => undefined;
  const { openTelemetry } = await import('./open-telemetry.js');
  const { recorder, stop } = await openTelemetry(name, {
    protocol: env.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf',
    headers: env.OTEL_EXPORTER_OTLP_HEADERS,
  });
  recordBy(recorder);
  return stop;
}
