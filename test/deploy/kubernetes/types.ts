import assert from 'node:assert/strict';
import { join } from 'node:path';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../../tidy/tree';

/** An object of Kubernetes, as a file describes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The objects of one file; kubectl too reads YAML 1.1. Throws if it is no YAML. */
export function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS();
  });
}

/**
 * What TypeScript has against them when each is said to be of the type that Kubernetes publishes
 * for its kind: missing, misspelt and mistyped fields. That is stricter than the published JSON
 * schemas, which let a field pass that nobody knows.
 */
export function typeErrors(manifests: readonly Manifest[]): string[] {
  const typed = manifests.map(({ apiVersion, kind }) => {
    const group = apiVersion.includes('/')
      ? apiVersion.replace('.k8s.io/', '/')
      : `core/${apiVersion}`;
    return `import('kubernetes-types/${group}').${kind}`;
  });
  const lines = manifests.map(
    (manifest, n) => `const m${n}: ${typed[n]} = ${JSON.stringify(manifest)};`,
  );
  const path = join(projectRoot(), 'manifests-as-code.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    lib: ['lib.es5.d.ts'],
    types: [],
    module: ts.ModuleKind.Node20,
  };
  const host = ts.createCompilerHost(options);
  const fileOf = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target) =>
    name === path ? ts.createSourceFile(name, lines.join('\n'), target) : fileOf(name, target);
  const program = ts.createProgram([path], options, host);
  const found = [...ts.getPreEmitDiagnostics(program)];
  return found.map(({ file, start = 0, messageText }) => {
    const at = file?.fileName === path ? file.getLineAndCharacterOfPosition(start).line : -1;
    const { kind, metadata } = manifests[at] ?? {};
    return `${kind} ${metadata?.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
