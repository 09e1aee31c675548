// Loaded first by what `npm run` or `npx` runs for long. npm passes a signal on to its shell only,
// and the shell dies of it without a word to its child: so that nothing is left running, this
// process gives itself a SIGTERM as soon as either of the two is gone. On Windows there are no such
// signals.
import { spawnSync } from 'node:child_process';

const lookMs = 500;

/** npm's pid, if a shell stands between; some shells hand their place over to what they run. */
function npmBehindShell() {
  const asked = ['-ww', '-o', 'ppid=,args=', '-p', String(process.ppid)];
  const { stdout } = spawnSync('ps', asked, { encoding: 'utf8' });
  const isShell = stdout?.includes(process.env.npm_lifecycle_script);
  return isShell ? Number.parseInt(stdout, 10) : undefined;
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch ({ code }) {
    return code === 'EPERM';
  }
}

function watch() {
  const parent = process.ppid;
  const npm = npmBehindShell();
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || isAlive(npm))) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookMs).unref();
}

if (process.env.npm_lifecycle_script && process.platform !== 'win32') watch();
