import assert from 'node:assert/strict';
import { parseEnv } from 'node:util';
import type { Deployment } from 'kubernetes-types/apps/v1';
import { parse } from 'yaml';
import { textOf } from '../../../scripts/docs/source-words';
import { type Manifest, manifestsIn } from './types';

export const folder = 'deploy/kubernetes';
export const overlays = ['two-of-each'];
export const component = 'rpc-tls';
export const mount = '/run/secrets/saoma';

type Names = readonly { readonly name: string }[];
/** What Kustomize reads, as far as it is used here. */
interface Kustomization {
  readonly resources: readonly string[];
  readonly components?: readonly string[];
  readonly images: Names;
  readonly replicas: Names;
  readonly patches: readonly { readonly target: { kind: string; name: string }; patch: string }[];
  readonly configMapGenerator: readonly {
    readonly name: string;
    readonly envs?: readonly string[];
    readonly literals?: readonly string[];
  }[];
}

export const kustomizationIn = (path: string): Kustomization =>
  parse(textOf(`${folder}/${path}/kustomization.yaml`));
export const base = kustomizationIn('base');
export const manifests = base.resources.flatMap((path) =>
  manifestsIn(textOf(`${folder}/base/${path}`)),
);
export const all = <Kind extends object>(kind: string) =>
  manifests.filter((manifest) => manifest.kind === kind) as (Manifest & Kind)[];

/** The one manifest of its kind and name; there must be one. */
export function named<Kind extends object>(kind: string, name: string): Manifest & Kind {
  const found = all<Kind>(kind).find(({ metadata }) => metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found;
}

export const deployments = all<Deployment>('Deployment');
export const names = deployments.map(({ metadata }) => metadata.name);

export const page = textOf('docs/kubernetes.md');
/** The kustomization that the page has a shop write. */
export const shop: Kustomization = parse(
  /^```yaml\n(apiVersion: kustomize.*?)^```$/ms.exec(page)?.[1] ?? '',
);

/** What the Dockerfile says of the image of a service. */
export const stageOf = (service: string) =>
  textOf('Dockerfile').split(` AS ${service}\n`)[1]?.split('\nFROM ')[0] ?? '';

/** The variables of a service: those of its image, of the base, and of the page's shop. */
export function givenTo(service: string) {
  const image = [...stageOf(service).matchAll(/^ENV (.*)$/gm)].map(([, line]) => line).join('\n');
  const literals = shop.configMapGenerator.find(({ name }) => name === service)?.literals ?? [];
  return {
    image: parseEnv(image),
    base: { ...parseEnv(textOf(`${folder}/base/${service}.env`)), ...placeOf(service) },
    shop: parseEnv(literals.join('\n')),
  };
}

/** Where a pod of the service listens: its own address, which it is told. */
function placeOf(service: string): Record<string, string> {
  const { env = [] } =
    named<Deployment>('Deployment', service).spec?.template.spec?.containers[0] ?? {};
  const places = env.filter(({ value }) => value !== undefined);
  return Object.fromEntries(
    places.map(({ name, value = '' }) => [name, value.replace('$(POD_IP)', '10.244.1.2')]),
  );
}

/** The variables that the component gives a service. */
export const tlsOf = (service: string) => {
  const { configMapGenerator } = kustomizationIn(component);
  const { literals = [] } = configMapGenerator.find(({ name }) => name === service) ?? {};
  return parseEnv(literals.join('\n'));
};
