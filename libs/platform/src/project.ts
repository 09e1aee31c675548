import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where a file or folder of the project is that needs no build, wherever the compiled code is. */
export function projectPath(path: string): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const found = join(folder, path);
    if (existsSync(found)) return found;
  }
  throw new Error(`${path} is missing`);
}

/** The release that runs, as package.json has it: `0.2.0`, or `0.2.0-dev` on the way to it. */
export const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as {
  readonly version: string;
};
