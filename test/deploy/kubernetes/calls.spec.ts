import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2';
import type { Service } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { arrowsOf } from './arrows';
import { all, givenTo, named, names, stageOf } from './files';

describe('a call', () => {
  const internet = [
    '0.0.0.0/0 without 10.0.0.0/8 100.64.0.0/10 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16',
    '::/0 without fc00::/7 fe80::/10',
  ];
  const between = [
    'cart-gateway -> order-service:9001',
    'cart-gateway -> pay-service:9000',
    'order-service -> pay-service:9000',
  ];
  const outwards = [
    'everybody -> namespace kubernetes.io/metadata.name=kube-system k8s-app=kube-dns:53/TCP',
    'everybody -> namespace kubernetes.io/metadata.name=kube-system k8s-app=kube-dns:53/UDP',
    'order-service -> anywhere:3306',
    'order-service -> anywhere:6379',
    ...internet.map((addresses) => `order-service -> ${addresses}:443`),
    ...internet.map((addresses) => `pay-service -> ${addresses}:443`),
  ];

  test('is allowed where the architecture has an arrow, and nowhere else', () => {
    const arrows = all<NetworkPolicy>('NetworkPolicy').map(arrowsOf);
    const sorted = (arrows: readonly string[]) => [...new Set(arrows)].sort();
    assert.deepEqual(
      sorted(arrows.flatMap(({ calls }) => calls)),
      sorted([...between, ...outwards]),
    );
    assert.deepEqual(
      sorted(arrows.flatMap(({ called }) => called)),
      sorted([
        ...between,
        'namespace leads-to=saoma -> cart-gateway:3000',
        'namespace watches=saoma -> everybody:9464',
      ]),
    );
    const deny = named<NetworkPolicy>('NetworkPolicy', 'default-deny');
    assert.deepEqual(deny.spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  test('goes to a Service, whose pods listen at its port', () => {
    for (const service of names) {
      for (const [variable, address = ''] of Object.entries(givenTo(service).base)) {
        if (!/^[A-Z]+_RPC$/.test(variable)) continue;
        const { hostname, port } = new URL(address);
        assert.ok(between.includes(`${service} -> ${hostname}:${port}`), `${service} ${variable}`);
        const [there] = named<Service>('Service', hostname).spec?.ports ?? [];
        assert.equal(there?.port, Number(port));
      }
      const [port] = named<Service>('Service', service).spec?.ports ?? [];
      const pod = named<Deployment>('Deployment', service).spec?.template.spec;
      const [{ name, containerPort } = {}] = pod?.containers[0]?.ports ?? [];
      const [, exposed] = /^EXPOSE (\d+)$/m.exec(stageOf(service)) ?? [];
      assert.deepEqual([port?.targetPort, `${containerPort}`], [name, exposed]);
    }
  });

  test('of Prometheus goes where a pod tells what it measures, and the pod says where', () => {
    for (const service of names) {
      const { METRICS_PORT, METRICS_HOST } = givenTo(service).base;
      const { metadata, spec } = named<Deployment>('Deployment', service).spec?.template ?? {};
      const ports = spec?.containers[0]?.ports ?? [];
      assert.equal(METRICS_HOST, '0.0.0.0');
      assert.deepEqual(ports.at(-1), { name: 'metrics', containerPort: Number(METRICS_PORT) });
      assert.deepEqual(metadata?.annotations, {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': METRICS_PORT,
      });
      assert.equal(METRICS_PORT, '9464');
    }
  });

  test('and whatever else is for the pods of a service has its name and its labels', () => {
    for (const service of names) {
      const labels = { 'app.kubernetes.io/name': service };
      const { selector, template } = named<Deployment>('Deployment', service).spec ?? {};
      assert.deepEqual(template?.metadata?.labels, labels);
      assert.deepEqual(selector, { matchLabels: labels });
      assert.deepEqual(named<Service>('Service', service).spec?.selector, labels);
      const budget = named<PodDisruptionBudget>('PodDisruptionBudget', service);
      assert.deepEqual(budget.spec?.selector, { matchLabels: labels });
    }
    for (const { spec } of all<HorizontalPodAutoscaler>('HorizontalPodAutoscaler')) {
      named(spec?.scaleTargetRef.kind ?? '', spec?.scaleTargetRef.name ?? '');
    }
  });
});
