import { Logger } from '@nestjs/common';
import {
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { parseKeyPairsIntoRecord, setGlobalErrorHandler } from '@opentelemetry/core';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { version } from '../project';
import { Seldom } from '../seldom';
import { within } from '../within';
import type { Recorder } from './spans';
import { traceIdOf, untraced } from './trace';

interface Options {
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly headers: string | undefined;
}

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;
/** At the end the last spans get this long to leave. */
const flushMsMax = 1_000;

/** OpenTelemetry's SDK, which reads where to and how much from the environment. */
export async function openTelemetry(name: string, options: Options) {
  const lost = tellTroubles();
  const about = { 'service.name': name, 'service.version': version };
  const said = detectResources({ detectors: [envDetector] });
  const exporter = await exporterBy(options);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(about).merge(said),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const stop = async () => within(flushMsMax, provider.shutdown().catch(lost));
  return { recorder: recorderOf(provider.getTracer('saoma', version)), stop };
}

async function exporterBy({ protocol, headers }: Options) {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  // They may stand in a file, of which the SDK knows nothing.
  return new OTLPTraceExporter(headers ? { headers: parseKeyPairsIntoRecord(headers) } : {});
}

function recorderOf(tracer: Tracer): Recorder {
  return {
    begin({ kind, name, facts = {} }, parent) {
      const options = { kind: kinds[kind], attributes: facts };
      const span = tracer.startSpan(name, options, contextOf(parent, kind === 'server'));
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-0${traceFlags}`,
        end({ facts: more = {}, error } = {}) {
          // Nobody wants it, or it has ended already.
          if (!span.isRecording()) return;
          span.setAttributes(more);
          if (error !== undefined) {
            span.setAttribute('error.type', error);
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
  };
}

/** What is in the four fields of a `traceparent`. */
function contextOf(traceparent: string | undefined, isRemote: boolean) {
  if (traceparent === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: traceIdOf(traceparent),
    spanId: traceparent.slice(36, 52),
    traceFlags: Number.parseInt(traceparent.slice(53), 16) & 1,
    isRemote,
  });
}

/** What the SDK complains of is told once a minute, whatever numbers are in it, and of no trace. */
function tellTroubles(): (error: unknown) => void {
  const logger = new Logger('OpenTelemetry');
  const seldom = new Seldom();
  const tell = (what: string) =>
    untraced(() => {
      if (seldom.turnOf(what.replace(/\d+/g, '')) !== undefined) logger.warn(what);
    });
  const lost = (error: unknown) => {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    tell(['traces are lost', code, message].filter(Boolean).join(': '));
  };
  setGlobalErrorHandler(lost);
  const nobody = () => undefined;
  const own = { error: tell, warn: tell, info: nobody, debug: nobody, verbose: nobody };
  diag.setLogger(own, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return lost;
}
