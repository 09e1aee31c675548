// Loaded before whatever needs packages to be loaded at all: without them it says what to do.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../node_modules', import.meta.url));
if (!existsSync(`${packages}/.bin/swc`)) {
  process.stderr.write('The packages are not installed: run `npm ci` first.\n');
  process.exit(1);
}
