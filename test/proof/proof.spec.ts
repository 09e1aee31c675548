import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { hasGalera, hasHaproxy, hasMariadb, hasRedis } from '../support/machine';
import { projectRoot } from '../tidy/tree';
import { stories } from './machines/stories';
import { catchers, plantedBugs } from './planted';
import { scenarios } from './scenarios/scenarios';
import { Tree } from './tree';

/** Replayable: the whole proof draws its seed anew, its share in the tests never does. */
const seed = 1;
const suiteMsMax = 400_000;
const suites = ['scenarios', 'crashes', 'interleavings', 'model', 'soak'];

test('what is built for production has crash points that do nothing', () => {
  const built = join(__dirname, '../../apps/order-service/src/crash-point.js');
  const text = readFileSync(built, 'utf8');
  assert.match(text, /async function crashPoint\(\w+\) ?\{\s*\}/);
  assert.doesNotMatch(text, /SIGKILL|process\.|globalThis/);
});

test('every planted bug has a scenario that is there, and every scenario named has its bug', () => {
  assert.deepEqual(plantedBugs().sort(), Object.keys(catchers).sort());
  const known = { ...scenarios, ...stories };
  for (const [bug, { scenario }] of Object.entries(catchers)) {
    assert.ok(scenario in known, `${bug}: there is no scenario "${scenario}"`);
  }
});

test('every planted bug still fits the code that it was made for', () => {
  for (const bug of plantedBugs())
    Tree.check(join(projectRoot(), 'test/proof/bugs', `${bug}.patch`));
});

if (hasMariadb && hasRedis) {
  describe('a share of the proof', () => {
    let tree: Tree;
    before(() => {
      tree = Tree.make();
    });
    after(() => tree?.dispose());

    const machines = hasGalera && hasHaproxy ? ['machines'] : [];
    for (const suite of [...suites, ...machines]) {
      test(`${suite}: nothing is broken`, async () => {
        const options = { seed, part: 'share' } as const;
        const { episodes, violations } = await tree.suite(suite, options, suiteMsMax);
        assert.deepEqual(violations, []);
        assert.ok(episodes > 0);
      });
    }
  });
}
