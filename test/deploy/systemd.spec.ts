import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { textOf } from '../../scripts/docs/source-words';
import { variablesOf } from '../../scripts/docs/variables';
import { temporaryFolder } from '../support/folders';
import { hasSystemd, program } from '../support/machine';
import { projectRoot } from '../tidy/tree';

const units = 'deploy/systemd';
const common = 'saoma-.service.d/common.conf';
const names = readdirSync(join(projectRoot(), units)).filter((name) => name.endsWith('.service'));
const serviceOf = (unit: string) => /^saoma-([a-z-]+)/.exec(unit)?.[1] ?? '';
/** Every value of this name. */
const valuesOf = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

describe('systemd', () => {
  test('has a unit for each service that sells', () => {
    assert.deepEqual(names.map(serviceOf).sort(), ['cart-gateway', 'order-service', 'pay-service']);
  });

  for (const name of names) {
    const text = textOf(`${units}/${name}`);

    test(`${name} starts what is built, and sets variables that the service reads`, () => {
      const [command = ''] = valuesOf(text, 'ExecStart');
      assert.ok(existsSync(command.split(' ').at(-1) ?? ''), command);
      const read = variablesOf(serviceOf(name)).map((variable) => variable.name);
      for (const given of valuesOf(text, 'Environment')) {
        assert.ok(read.includes(given.split('=')[0] ?? ''), given);
      }
      assert.deepEqual(valuesOf(text, 'EnvironmentFile'), [`/etc/saoma/${serviceOf(name)}.env`]);
    });
  }

  test('tells Prometheus where its sample asks', () => {
    const ports = names.flatMap((name) => {
      const [port = ''] = valuesOf(textOf(`${units}/${name}`), 'Environment=METRICS_PORT');
      return name.includes('@') ? ['3000', '3001'].map((one) => port.replace('%i', one)) : [port];
    });
    const sample = parse(textOf('deploy/prometheus/prometheus.yml'));
    const [{ job_name, static_configs }] = sample.scrape_configs;
    const asked = static_configs.flatMap(({ targets }: { targets: string[] }) => targets);
    assert.deepEqual(asked.sort(), ports.map((port) => `127.0.0.1:${port}`).sort());
    assert.equal(job_name, 'saoma');
  });

  test('comes back always, and waits until a service has finished its work', () => {
    const text = textOf(`${units}/${common}`);
    assert.deepEqual(valuesOf(text, 'Restart'), ['always']);
    assert.deepEqual(valuesOf(text, 'StartLimitIntervalSec'), ['0']);
    const [, drainMs = ''] =
      /stopMsMax = ([\d_]+);/.exec(textOf('libs/platform/src/boot.ts')) ?? [];
    const [stopSeconds] = valuesOf(text, 'TimeoutStopSec');
    assert.ok(Number(drainMs.replace('_', '')) < Number(stopSeconds) * 1000);
  });
});

/** The units as they would be on a machine with this Node and this folder. */
function installed(): string {
  const folder = temporaryFolder('systemd');
  cpSync(join(projectRoot(), units), folder, { recursive: true });
  for (const file of [...names, common].map((name) => join(folder, name))) {
    const text = readFileSync(file, 'utf8')
      .replaceAll('/usr/bin/node', process.execPath)
      .replaceAll('/opt/saoma', projectRoot());
    writeFileSync(file, text);
  }
  // Of a template there is nothing to verify before it has a name.
  const template = join(folder, 'saoma-cart-gateway@.service');
  renameSync(template, template.replace('@', '@3000'));
  return folder;
}

/** What systemd finds wrong, of all units. */
function findings(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.service'));
  const paths = files.map((name) => join(folder, name));
  const args = ['--man=no', 'verify', ...paths];
  const { stdout, stderr, error } = spawnSync(program('systemd-analyze'), args, {
    encoding: 'utf8',
  });
  assert.equal(error, undefined);
  return stdout + stderr;
}

if (hasSystemd) {
  test('systemd understands every line of the units', () => {
    const folder = installed();
    assert.equal(findings(folder), '');
    writeFileSync(join(folder, 'saoma-.service.d/wrong.conf'), '[Service]\nRestrt=always\n');
    assert.match(findings(folder), /Unknown key.* 'Restrt'/);
  });
}
