import { execFile } from 'node:child_process';
import { join } from 'node:path';

const program = join(__dirname, '../../apps/pay-service/src/check-wechat.js');

/** Runs `npm run check-wechat`, built already, in exactly this environment. */
export function checkWechat(env: Record<string, string>): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program], { env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr });
    });
  });
}
