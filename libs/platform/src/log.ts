import { Logger, type LoggerService } from '@nestjs/common';
import { pino } from 'pino';

export type Log = pino.Logger;

/** The process's log: one JSON object a line on standard output. Never give it a secret. */
export function createLog(name: string, level: string): Log {
  return pino({ name, level, base: { name, pid: process.pid } });
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

/** Sends everything said through Nest's Logger into our log; Nest's own chatter at debug level. */
export function useNestLog(log: Log): void {
  const service: LoggerService = {
    log: (message, ...more) => {
      const context = more.at(-1);
      const level = nestContexts.includes(context) ? 'debug' : 'info';
      log[level]({ context }, String(message));
    },
    warn: (message, ...more) => log.warn({ context: more.at(-1) }, String(message)),
    error: (message, ...more) =>
      log.error(
        { context: more.at(-1), err: message instanceof Error ? message : undefined },
        message instanceof Error ? message.message : String(message),
      ),
  };
  Logger.overrideLogger(service);
}
