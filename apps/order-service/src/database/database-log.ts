import { Logger as NestLogger } from '@nestjs/common';
import type { Logger } from 'typeorm';

/**
 * What TypeORM says goes into the process's log. Failed statements are told to whoever sent them,
 * never logged here: they carry people's addresses.
 */
export class DatabaseLog implements Logger {
  private readonly logger = new NestLogger('database');

  logQuery(): void {}
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}

  logMigration(message: string): void {
    this.logger.log(message);
  }

  /** An idle connection that died is replaced by the next unit of work; one in use tells it. */
  log(_level: 'log' | 'info' | 'warn', message: string): void {
    this.logger.debug(message);
  }
}
