import { connect, isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'mysql2';
import type { ServerAddress } from '../config';

/**
 * TLS towards a server as `ssl-mode` says, in MySQL's own words: REQUIRED encrypts and believes
 * anybody, VERIFY_CA believes servers of the CA, VERIFY_IDENTITY only the one that was called.
 */
export function tlsOptions(
  sslMode: ServerAddress['sslMode'],
  ca: string | undefined,
  host: string,
) {
  if (sslMode === undefined) return {};
  if (sslMode === 'REQUIRED') return { ssl: { rejectUnauthorized: false } };
  const verifyIdentity = sslMode === 'VERIFY_IDENTITY';
  const ssl = { ca, rejectUnauthorized: true, verifyIdentity };
  return verifyIdentity && isIP(host) !== 0 ? { ssl, stream: socketThatIsNamed } : { ssl };
}

type StreamArguments = { readonly config: Required<Pick<ConnectionOptions, 'host' | 'port'>> };

/**
 * Node compares a certificate with the `_host` of the socket that it takes over, and with
 * `localhost` if there is none, as with a number: any certificate of a localhost would do.
 */
function socketThatIsNamed({ config: { host, port } }: StreamArguments): Socket {
  const socket = connect({ host, port, noDelay: true, keepAlive: true });
  return Object.assign(socket, { _host: host });
}
