// Builds, then runs every spec with node:test.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const run = (command, args) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

const specs = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.spec.js'))
    .map((name) => `${folder}/${name}`);

run('npm', ['run', '--silent', 'build']);
const files = ['dist/apps', 'dist/libs', 'dist/test'].flatMap((folder) => {
  try { return specs(folder); } catch { return []; }
});
run(process.execPath, ['--enable-source-maps', '--test', '--test-concurrency=2', ...files]);
