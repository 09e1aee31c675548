import { boot } from '@saoma/platform/boot';
import { startSandbox } from './app';
import { SandboxConfig } from './config';

void boot('wechat-sandbox', SandboxConfig, startSandbox);
