import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { allMetrics } from '../../../scripts/docs/metrics';
import { textOf } from '../../../scripts/docs/source-words';
import { temporaryFolder } from '../../support/folders';
import { hasPromtool, program } from '../../support/machine';
import { projectRoot } from '../../tidy/tree';
import { cases } from './cases';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

const folder = 'deploy/prometheus';
const rules: readonly Rule[] = parse(textOf(`${folder}/alerts.yml`)).groups.flatMap(
  ({ rules }: { rules: readonly Rule[] }) => rules,
);
const pageName = 'docs/runbooks.md';
/** The page's sections, by their heading. */
const sections = new Map(
  textOf(pageName)
    .split(/^## /m)
    .slice(1)
    .map((text): [string, string] => [text.split('\n', 1)[0] ?? '', text]),
);

/** Every series that Prometheus makes of our metrics, and its own. */
const series = new Set([
  'up',
  ...allMetrics.flatMap(({ about: { name }, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
]);
const unknownIn = (text: string) =>
  (text.match(/\bsaoma_[a-z_]+/g) ?? []).filter((name) => !series.has(name));

describe('each rule of Prometheus', () => {
  test('is of metrics that there are', () => {
    for (const { alert, expr } of rules) assert.deepEqual(unknownIn(expr), [], alert);
    assert.deepEqual(unknownIn('rate(saoma_nothing_total[5m])'), ['saoma_nothing_total']);
  });

  test('says in words what is wrong and how urgent it is, and leads to its runbook', () => {
    for (const { alert, labels, annotations } of rules) {
      assert.match(labels.severity, /^(critical|warning)$/, alert);
      assert.match(annotations.summary, /^[A-Z].*\.$/, alert);
      assert.equal(annotations.runbook_url, `${pageName}#${alert.toLowerCase()}`);
    }
  });

  test('has a runbook: what it means, what to look at, what to do', () => {
    assert.deepEqual(
      [...sections.keys()],
      rules.map(({ alert }) => alert),
    );
    for (const [heading, text] of sections) {
      for (const part of ['What it means', 'Look at', 'Do']) {
        assert.ok(text.includes(`\n**${part}.** `), `${heading}: ${part}`);
      }
    }
  });

  test('has a case in which it fires', () => {
    assert.deepEqual(
      Object.keys(cases),
      rules.map(({ alert }) => alert),
    );
  });
});

test('the dashboard shows only metrics that there are, and each panel has a unit', () => {
  const text = textOf('deploy/grafana/saoma.json');
  const { panels } = JSON.parse(text) as { panels: { title: string; fieldConfig: object }[] };
  assert.deepEqual(unknownIn(text), []);
  assert.ok(panels.length > 10);
  for (const { title, fieldConfig } of panels) {
    assert.match(JSON.stringify(fieldConfig), /"unit":"[a-z_]+"/, title);
  }
});

function promtool(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program('promtool'), args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

/** What promtool reads: the rule with these series, and the alarms that they must cause. */
function testOf({ alert, labels, annotations }: Rule, state: 'ill' | 'illToo' | 'well') {
  const {
    atMinutes,
    labels: own = {},
    ...all
  } = cases[alert] ?? { atMinutes: 0, well: {}, ill: {} };
  const given = { illToo: all.ill, ...all };
  const alarm = { exp_labels: { ...labels, ...own }, exp_annotations: annotations };
  return {
    interval: '1m',
    input_series: Object.entries(given[state]).map(([series, values]) => ({ series, values })),
    alert_rule_test: [
      { eval_time: `${atMinutes}m`, alertname: alert, exp_alerts: state === 'well' ? [] : [alarm] },
    ],
  };
}

if (hasPromtool) {
  describe('promtool', () => {
    const there = temporaryFolder('prometheus');
    cpSync(join(projectRoot(), folder), there, { recursive: true });
    const file = join(there, 'cases.yml');
    const play = (...tests: readonly object[]) => {
      writeFileSync(file, JSON.stringify({ rule_files: ['alerts.yml'], tests }));
      return promtool('test', 'rules', file);
    };

    test('understands the rules, and the sample that reads them', () => {
      const rules = promtool('check', 'rules', join(there, 'alerts.yml'));
      assert.equal(rules.status, 0, rules.said);
      const sample = promtool('check', 'config', join(there, 'prometheus.yml'));
      assert.equal(sample.status, 0, sample.said);
    });

    for (const rule of rules) {
      test(`sees ${rule.alert} fire when something is wrong, and not when all is well`, () => {
        const states = (['ill', 'illToo', 'well'] as const).map((state) => testOf(rule, state));
        const { status, said } = play(...states);
        assert.equal(status, 0, said);
      });
    }

    test('says so when a rule does not fire that should, or fires that should not', () => {
      const [rule] = rules;
      assert.ok(rule);
      for (const [one, other] of [
        ['ill', 'well'],
        ['well', 'ill'],
      ] as const) {
        const wrong = { ...testOf(rule, one), input_series: testOf(rule, other).input_series };
        assert.notEqual(play(wrong).status, 0);
      }
    });
  });
}
