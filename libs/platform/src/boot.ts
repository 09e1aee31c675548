import { ConfigError } from './config';
import { createLog, type Log, useNestLog } from './log';
import { version } from './project';
import { startTelemetry, type Telemetry } from './traces/telemetry';

/** What a started service must be able to do: stop, letting work in flight finish. */
export interface Running {
  close(): Promise<unknown>;
}

interface BootConfig extends Telemetry {
  readonly LOG_LEVEL: string;
  /** What the first line of the log tells of this service besides its version. */
  readonly about?: object;
}

/** A stop that takes longer than this is cut short. */
const stopMsMax = 4_500;

/**
 * Runs one service as a process: reads its configuration, starts it, tells a parent that it is
 * ready, and stops it cleanly at SIGTERM, SIGINT or when the parent is gone. During the start, at
 * a second signal, or by an error that nobody caught, it ends at once: what was under way is
 * finished from the database at the next start.
 */
export async function boot<Config extends BootConfig>(
  name: string,
  Config: new () => Config,
  start: (config: Config, log: Log) => Promise<Running>,
): Promise<void> {
  const config = read(name, Config);
  const log = createLog(name, config.LOG_LEVEL);
  useNestLog(log);
  log.info({ version, node: process.version, ...config.about }, 'starting');
  const crash = (err: unknown) => {
    log.fatal({ err }, 'stopped by an error that nobody caught');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  let running: Running | undefined;
  stopAtSignals(log, () => running);
  const fail = (error: unknown) =>
    error instanceof ConfigError ? refuse(name, error) : crash(error);
  const begin = async (): Promise<Running> => {
    const endTelemetry = await startTelemetry(name, config);
    const started = await start(config, log);
    return { close: () => started.close().finally(endTelemetry) };
  };
  running = (await begin().catch(fail)) ?? undefined;
  if (running) process.send?.('ready');
}

/** What is wrong with the environment is said in words, without a stack. */
function read<Config>(name: string, Config: new () => Config): Config {
  try {
    return new Config();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return refuse(name, error);
  }
}

function refuse(name: string, { message }: ConfigError): never {
  process.stderr.write(`${name}: ${message}\n`);
  process.exit(1);
}

function stopAtSignals(log: Log, started: () => Running | undefined): void {
  let stopping = false;
  const stop = (why: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ why }, 'stopping');
    const running = started();
    // Nobody has been served yet, and what a start writes can be begun again.
    if (!running) process.exit(0);
    setTimeout(() => {
      log.error('work in flight was cut short');
      process.exit(1);
    }, stopMsMax).unref();
    running.close().then(
      () => process.exit(0),
      (err) => {
        log.error({ err }, 'did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (process.connected) process.once('disconnect', () => stop('the parent is gone'));
}
