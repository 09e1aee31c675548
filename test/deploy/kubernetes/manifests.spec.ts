import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { textOf } from '../../../scripts/docs/source-words';
import { projectRoot } from '../../tidy/tree';
import {
  all,
  component,
  deployments,
  folder,
  kustomizationIn,
  manifests,
  mount,
  named,
  names,
  overlays,
  shop,
} from './files';
import { typeErrors } from './types';

describe('the manifests', () => {
  test('are what Kubernetes says of their kinds', () => {
    assert.deepEqual(typeErrors(manifests), []);
  });

  test('and it is noticed when one is not', () => {
    const service = (spec: object) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a' },
      spec,
    });
    assert.deepEqual(typeErrors([service({ ports: [{ port: 1 }] })]), []);
    for (const spec of [{ porst: [] }, { ports: [{ name: 'b' }] }, { ports: [{ port: '1' }] }]) {
      assert.match(typeErrors([service(spec)]).join(), /^Service a: /);
    }
    assert.match(typeErrors([{ ...service({}), kind: 'Servcie' }]).join(), /^Servcie a: /);
  });

  test('are all listed by their kustomization, and nothing else is', () => {
    for (const path of ['base', component, ...overlays]) {
      const { resources = [], configMapGenerator = [] } = kustomizationIn(path);
      const listed = [...resources, ...configMapGenerator.flatMap(({ envs = [] }) => envs)];
      const there = readdirSync(join(projectRoot(), folder, path));
      assert.deepEqual(
        listed.filter((name) => name !== '../base').sort(),
        there.filter((name) => name !== 'kustomization.yaml').sort(),
      );
    }
    const folders = readdirSync(join(projectRoot(), folder));
    assert.deepEqual(folders.sort(), ['base', component, ...overlays].sort());
  });

  test('and what an overlay changes is there', () => {
    for (const { replicas = [], patches } of [component, ...overlays].map(kustomizationIn)) {
      for (const { name } of replicas) assert.ok(names.includes(name), name);
      for (const { target, patch } of patches) {
        const found = named(target.kind, target.name);
        for (const { path } of parse(patch)) {
          // `-` is the end of a list.
          const keys = path.replace(/\/-$/, '').slice(1).split('/');
          assert.notEqual(valueAt(found, keys), undefined, path);
        }
      }
    }
  });
});

describe('a pod', () => {
  for (const { metadata, spec } of deployments) {
    const { name } = metadata;
    const pod = spec?.template.spec;
    const [container, ...others] = pod?.containers ?? [];

    test(`of ${name} may do nothing but its work`, () => {
      assert.equal(others.length, 0);
      assert.equal(pod?.automountServiceAccountToken, false);
      assert.deepEqual(pod?.securityContext, {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      assert.deepEqual(container?.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    });

    test(`of ${name} is given variables by its own map, and secrets as files only`, () => {
      const place = container?.env ?? [];
      const [port] = container?.ports ?? [];
      const listens = name !== 'cart-gateway' && `${name.split('-')[0]?.toUpperCase()}_RPC_LISTEN`;
      const at = { name: listens, value: `tcp://$(POD_IP):${port?.containerPort}` };
      const own = { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } };
      assert.deepEqual(place, listens ? [own, at] : []);
      assert.deepEqual(container?.envFrom, [{ configMapRef: { name } }]);
      assert.deepEqual(container?.volumeMounts, [
        { name: 'secrets', mountPath: mount, readOnly: true },
      ]);
      assert.deepEqual(pod?.volumes, [
        { name: 'secrets', secret: { secretName: name, defaultMode: 0o440 } },
      ]);
      assert.deepEqual(all('Secret'), []);
    });

    test(`of ${name} is asked where it listens, and at routes that are there`, () => {
      const { paths } = JSON.parse(textOf('docs/openapi.json'));
      const { startupProbe, livenessProbe, readinessProbe } = container ?? {};
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
        const { port } = probe?.httpGet ?? probe?.tcpSocket ?? {};
        assert.equal(port, container?.ports?.[0]?.name);
        if (probe?.httpGet) assert.ok(paths[probe.httpGet.path ?? '']?.get);
      }
    });

    test(`of ${name} has the time to end its work`, () => {
      const [command, pauseS] = container?.lifecycle?.preStop?.exec?.command ?? [];
      const [, stopMsMax = ''] =
        /stopMsMax = ([\d_]+);/.exec(textOf('libs/platform/src/boot.ts')) ?? [];
      assert.equal(command, 'sleep');
      const neededS = Number(pauseS) + Number(stopMsMax.replaceAll('_', '')) / 1_000;
      assert.ok((pod?.terminationGracePeriodSeconds ?? 0) > neededS);
    });
  }
});

test('the page names the image of each service', () => {
  const images = deployments.map(({ spec }) => spec?.template.spec?.containers[0]?.image);
  assert.deepEqual(shop.images.map(({ name }) => name).sort(), images.sort());
});

function valueAt(object: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined || object === undefined) return object;
  return valueAt((object as Record<string, unknown>)[key], rest);
}
