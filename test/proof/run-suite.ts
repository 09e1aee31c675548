import type { Suite, SuiteOptions } from './suite';

/** Inside a tree: runs the suite that is named, and tells its parent the result. */
const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  crashes: () => import('./crashes/crashes.js'),
  scenarios: () => import('./scenarios/scenarios.js'),
  interleavings: () => import('./interleavings/interleavings.js'),
  journeys: () => import('./journeys/journeys.js'),
  machines: () => import('./machines/machines.js'),
  model: () => import('./model/model.js'),
  soak: () => import('./soak/soak.js'),
  upgrade: () => import('./upgrade/upgrade.js'),
};

async function main([name = '', options = '{}']: string[]): Promise<void> {
  const suite = await suites[name]?.();
  if (!suite) throw new Error(`there is no suite ${name}`);
  process.send?.(await suite.run(JSON.parse(options) as SuiteOptions));
}

// The process that asked is gone.
process.once('disconnect', () => process.exit(1));
void main(process.argv.slice(2));
