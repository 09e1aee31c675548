import { Logger, type LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import { currentTrace, traceIdOf } from './traces/trace';

export type Log = pino.Logger;

/** The process's log: one JSON object a line on standard output. Never give it a secret. */
export function createLog(name: string, level: string): Log {
  return pino({ name, level, base: { name, pid: process.pid }, mixin: traceFields });
}

/** Each line says to which trace it belongs, if to any: by it all lines of a request are found. */
function traceFields(): { trace_id?: string } {
  const trace = currentTrace();
  return trace === undefined ? {} : { trace_id: traceIdOf(trace) };
}

/** Lines of a crowd wait for each other: so long, or until they have so many bytes. */
const crowdLimits = { periodicFlush: 100, minLength: 8_192 };
let crowdOutput: ReturnType<typeof pino.destination> | undefined;

/**
 * A log like this one for lines that come in crowds, where a write costs more than all of a line:
 * many are written at once, up to 100 ms late, and what waits when the process ends is written
 * then. If it is killed they are lost, so that nothing about money may be told here only. Where a
 * line is written when its request is over, it has to name the trace itself.
 */
export function crowdLog(log: Log): Log {
  if (crowdOutput === undefined) {
    const output = pino.destination({ fd: 1, sync: true, ...crowdLimits });
    process.once('exit', () => output.flushSync());
    crowdOutput = output;
  }
  // `bindings` leaves the pid out.
  return pino({ level: log.level, base: { ...log.bindings(), pid: process.pid } }, crowdOutput);
}

/** Where Nest itself chatters while it starts. */
const nestContexts = [
  'NestFactory',
  'InstanceLoader',
  'NestMicroservice',
  'NestApplication',
  'RoutesResolver',
  'RouterExplorer',
];

/**
 * Sends everything said through Nest's Logger into our log; Nest's own chatter at debug level. Of
 * what is said with fields `msg` is the sentence, and all others stand beside it in the line, where
 * programs find them.
 */
export function useNestLog(log: Log): void {
  const say = (level: 'debug' | 'info' | 'warn' | 'error', message: unknown, context: unknown) => {
    const isLine = typeof message === 'object' && message !== null && 'msg' in message;
    if (isLine) log[level]({ context, ...message });
    else log[level]({ context }, String(message));
  };
  const service: LoggerService = {
    log: (message, ...more) => {
      const context = more.at(-1);
      say(nestContexts.includes(context) ? 'debug' : 'info', message, context);
    },
    warn: (message, ...more) => say('warn', message, more.at(-1)),
    error: (message, ...more) => {
      const context = more.at(-1);
      if (message instanceof Error) log.error({ context, err: message }, message.message);
      else say('error', message, context);
    },
  };
  Logger.overrideLogger(service);
}
