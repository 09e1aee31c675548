import assert from 'node:assert/strict';
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from 'kubernetes-types/networking/v1';

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly unknown[];
}

/** `from -> to:port`, as those who call and those who are called are allowed it. */
export function arrowsOf({ spec }: NetworkPolicy): { calls: string[]; called: string[] } {
  const own = whose(spec?.podSelector);
  const egress = spec?.egress ?? [];
  const ingress = spec?.ingress ?? [];
  return {
    calls: egress.flatMap(({ to, ports }) =>
      pairs(to, ports, (peer, port) => `${own} -> ${peer}:${port}`),
    ),
    called: ingress.flatMap(({ from, ports }) =>
      pairs(from, ports, (peer, port) => `${peer} -> ${own}:${port}`),
    ),
  };
}

/** Each peer with each port; a rule without peers is for all, and one without ports as well. */
function pairs(
  peers: readonly NetworkPolicyPeer[] = [{}],
  ports: readonly NetworkPolicyPort[] = [{}],
  say: (peer: string, port: string) => string,
): string[] {
  return peers.flatMap((peer) =>
    ports.map(({ port = 'any', protocol }) =>
      say(nameOf(peer), `${port}${protocol ? `/${protocol}` : ''}`),
    ),
  );
}

function nameOf({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer): string {
  if (ipBlock) return `${ipBlock.cidr} without ${ipBlock.except?.join(' ')}`;
  const names = [
    namespaceSelector && `namespace ${whose(namespaceSelector)}`,
    podSelector && whose(podSelector),
  ];
  return names.filter((name) => name !== undefined).join(' ') || 'anywhere';
}

/** The name of a service of ours, or the labels as they are. */
function whose({ matchLabels, matchExpressions }: Selector = {}): string {
  assert.equal(matchExpressions, undefined);
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) =>
    key === 'app.kubernetes.io/name' ? value : `${key}=${value}`,
  );
  return labels.join(' ') || 'everybody';
}
