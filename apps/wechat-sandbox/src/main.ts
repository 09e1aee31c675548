import { boot } from '@saoma/platform/boot';
import { startSandbox } from './app';
import { readSandboxConfig } from './config';

void boot(
  'wechat-sandbox',
  () => readSandboxConfig(),
  (log) => startSandbox(readSandboxConfig(), log),
);
