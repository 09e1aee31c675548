// Loaded before whatever needs packages to be loaded at all: without them it says what to do.
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../node_modules/@swc/cli/package.json', import.meta.url))) {
  process.stderr.write('The packages are not installed: run `npm ci` first.\n');
  process.exit(1);
}
