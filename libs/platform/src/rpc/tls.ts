import { constants, type X509Certificate } from 'node:crypto';
import {
  type ConnectionOptions,
  checkServerIdentity,
  createSecureContext,
  type SecureContext,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { Complaints } from '../complaints';
import { always, ConfigError, together } from '../config';
import { rpcMetrics } from './rpc-metrics';
import {
  type Chain,
  type Credentials,
  isSigned,
  type Reading,
  readTlsFiles,
  type TlsFiles,
  tlsFileNames,
} from './tls-files';
import { isHangUp, tlsTrouble } from './tls-trouble';

/** What all services read that call each other. */
export const rpcTlsVariables = {
  RPC_TLS_CA: z
    .string()
    .optional()
    .describe(
      'PEM file with the CA, or several, of the three services: RPC is mutual TLS. Without it a ' +
        'service listens at loopback and private addresses only',
    ),
  RPC_TLS_CERT: z
    .string()
    .optional()
    .describe("PEM file of the service's own certificate, for the names by which it is called"),
  RPC_TLS_KEY: z
    .string()
    .optional()
    .describe('PEM file of its key; the three are set together, and read again when they change'),
};

type Variables = Readonly<Partial<Record<keyof typeof rpcTlsVariables, string>>>;

/** Checks: the three are set together, and what is in the files is good now. */
export const rpcTlsFits = [
  together(...tlsFileNames),
  z.superRefine<Variables>((env, context) => {
    for (const { name, message } of readTlsFiles(env).faults) {
      context.addIssue({ code: 'custom', path: [name], message });
    }
  }, always),
] as const;

/** TLS between the services, if the environment says so. */
export function rpcTls(env: Variables): RpcTls | undefined {
  const { RPC_TLS_CA, RPC_TLS_CERT, RPC_TLS_KEY } = env;
  if (!RPC_TLS_CA || !RPC_TLS_CERT || !RPC_TLS_KEY) return undefined;
  return new RpcTls({ RPC_TLS_CA, RPC_TLS_CERT, RPC_TLS_KEY });
}

/** How often the files are looked at. */
const lookEveryMs = 5_000;
/** A server waits so long for a handshake, during which the caller takes one of its places. */
const acceptMsMax = 5_000;
/** A caller waits as long as for a probe. */
const connectMsMax = 2_000;
/** Of a peer's certificates so many are kept. */
const chainMax = 8;

/**
 * Mutual TLS: each end shows a certificate and believes one that a CA of ours has signed; a caller
 * also wants the name that it has called. Files that change are for the connections from then on,
 * as soon as they fit together. Open ones live on, also when their certificate ends, but for those
 * of a peer whose CA is not named any more: so a CA is taken back.
 */
export class RpcTls {
  private readonly logger = new Logger('rpc');
  private readonly complaints = new Complaints(this.logger);
  private readonly servers = new Set<Server>();
  /** Who is at the other end of each open connection. */
  private readonly peers = new Map<TLSSocket, Chain>();
  private credentials: Credentials;
  private context: SecureContext;
  /** The texts of the files that are in use, were there last, and were told of. */
  private used: string;
  private seen = '';
  private told = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly files: TlsFiles) {
    const { text, credentials, faults } = readTlsFiles(files);
    if (!credentials) throw new ConfigError(inOneLine(faults));
    this.used = text;
    this.credentials = credentials;
    this.context = createSecureContext(credentials.options);
    rpcMetrics.certificate.read(() => Date.parse(this.credentials.certificate.validTo) / 1_000);
  }

  /** For a server, which is then given to `serve`. */
  get serverOptions(): TlsOptions {
    return {
      ...this.credentials.options,
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout: acceptMsMax,
      // Whoever went on with an old session would show no certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
    };
  }

  /** Gives the server what is new, and tells why it refuses callers. */
  serve(server: Server): void {
    this.watch();
    this.servers.add(server);
    server.once('close', () => this.servers.delete(server));
    server.on('secureConnection', (socket) => this.keep(socket));
    server.on('tlsClientError', (error, socket) => {
      const { remoteAddress: peer, authorizationError } = socket;
      // Node lets one stay that is too slow.
      socket.destroy();
      // Who hangs up knows why, and tells its own log; or it has only asked whether we listen.
      if (!authorizationError && isHangUp(error)) return;
      const why = tlsTrouble(authorizationError ?? error);
      this.complaints.tell('a caller was refused', why, peer === undefined ? undefined : { peer });
    });
  }

  /** What Nest's client copies for each connection; `name` is how the service was called. */
  towards(name: string): ConnectionOptions {
    this.watch();
    const context = () => this.context;
    return {
      get secureContext() {
        return context();
      },
      rejectUnauthorized: true,
      checkServerIdentity: (_address, certificate) => checkServerIdentity(name, certificate),
    };
  }

  /** Bounds the handshake of a connection that has been begun. */
  begin(socket: TLSSocket): void {
    const late = Object.assign(new Error('no TLS handshake in time'), { code: 'ETIMEDOUT' });
    const timer = setTimeout(() => socket.destroy(late), connectMsMax);
    socket.once('secureConnect', () => this.keep(socket));
    for (const end of ['secureConnect', 'close']) socket.once(end, () => clearTimeout(timer));
  }

  /** Takes the files if they are others now, and good. */
  look(): void {
    const { text, credentials, faults } = readTlsFiles(this.files);
    if (text === this.used) {
      const { certificate } = this.credentials;
      if (endsSoon(certificate)) {
        this.tellOnce(text, `the certificate in RPC_TLS_CERT ends at ${certificate.validTo}`);
      }
    } else if (credentials) {
      this.take(text, credentials);
    } else if (text === this.seen) {
      this.tellOnce(text, `what RPC_TLS_* name is not taken: ${inOneLine(faults)}`);
    }
    // What was just being written is looked at again before anything is said of it.
    this.seen = text;
  }

  private take(text: string, credentials: Credentials): void {
    this.used = text;
    this.credentials = credentials;
    this.context = createSecureContext(credentials.options);
    for (const server of this.servers) server.setSecureContext(this.serverOptions);
    const { cas, certificate } = credentials;
    this.logger.log(`RPC_TLS_* are read again; the certificate ends at ${certificate.validTo}`);
    const lost = [...this.peers].filter(([, chain]) => !isSigned(chain, cas));
    if (lost.length === 0) return;
    for (const [socket] of lost) socket.destroy();
    this.logger.warn(
      `${lost.length} connections ended: RPC_TLS_CA does not name their CA any more`,
    );
  }

  private tellOnce(text: string, words: string): void {
    if (text !== this.told) this.logger.warn(words);
    this.told = text;
  }

  private keep(socket: TLSSocket): void {
    const chain: X509Certificate[] = [];
    let next = socket.getPeerX509Certificate();
    while (next && chain.length < chainMax) {
      chain.push(next);
      next = next.issuerCertificate;
    }
    this.peers.set(socket, chain);
    socket.once('close', () => this.peers.delete(socket));
  }

  private watch(): void {
    this.timer ??= setInterval(() => this.look(), lookEveryMs).unref();
  }
}

const inOneLine = (faults: Reading['faults']) =>
  faults.map(({ name, message }) => `${name} ${message}`).join('; ');

/** It has lived nine tenths of its time: whoever renews it should have done so. */
function endsSoon({ validFrom, validTo }: X509Certificate): boolean {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return Date.now() > to - (to - from) / 10;
}
