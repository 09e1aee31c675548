import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../test/tidy/tree';
import { generatedPages } from './pages';

// `npm run docs`: writes the files that come from the code. A test compares them.
for (const [path, make] of Object.entries(generatedPages)) {
  const file = join(projectRoot(), path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, make());
}
