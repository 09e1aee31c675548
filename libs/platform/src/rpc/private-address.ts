import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { always, ConfigError, type TcpAddress } from '../config';

/** Networks that are nobody's in the internet; `::ffff:10.0.0.1` is in the one of 10.0.0.1. */
const privateNetworks = new BlockList();
privateNetworks.addSubnet('127.0.0.0', 8);
privateNetworks.addSubnet('10.0.0.0', 8);
privateNetworks.addSubnet('172.16.0.0', 12);
privateNetworks.addSubnet('192.168.0.0', 16);
privateNetworks.addSubnet('100.64.0.0', 10);
privateNetworks.addSubnet('169.254.0.0', 16);
privateNetworks.addAddress('::1', 'ipv6');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');
privateNetworks.addSubnet('fe80::', 10, 'ipv6');

/** Whether nobody in the internet can reach an IP address; 0.0.0.0 is every address there is. */
export const isPrivate = (address: string): boolean =>
  privateNetworks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

const rule =
  'must be a loopback or private address, or RPC_TLS_CA, RPC_TLS_CERT and RPC_TLS_KEY must be set';

/**
 * The address to listen at without TLS: the one that the name has now. Throws a ConfigError if
 * strangers could reach it.
 */
export async function privateAddressOf(host: string): Promise<string> {
  const { address } = await lookup(host);
  if (isPrivate(address)) return address;
  const where = host === address ? host : `${host}, which is ${address},`;
  throw new ConfigError(`RPC cannot listen at ${where} without TLS: it ${rule}`);
}

/**
 * A check: without TLS the service listens at no public address. What a name leads to is judged
 * when it listens.
 */
export const listensInPrivate = (name: string) =>
  z.superRefine<Readonly<Record<string, unknown>>>((env, context) => {
    const variable = env[`${name}_LISTEN`] === undefined ? name : `${name}_LISTEN`;
    const [{ host = '' } = {}] = [env[variable] ?? {}].flat() as Partial<TcpAddress>[];
    if (env.RPC_TLS_CA !== undefined || isIP(host) === 0 || isPrivate(host)) return;
    context.addIssue({ code: 'custom', path: [variable], message: rule });
  }, always);
