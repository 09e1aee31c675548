import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { All, Controller, Req, Res } from '@nestjs/common';
import { Sandbox } from '../sandbox';
import { callPaths } from '../v2/desk';
import { Front } from './front';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly raw: IncomingMessage;
}

interface Reply {
  readonly raw: ServerResponse;
  hijack(): void;
}

/** WeChat's own paths. Each takes any method, for it has words of its own for a wrong one. */
@Controller()
export class V2Controller {
  private readonly front: Front;

  constructor(private readonly sandbox: Sandbox) {
    this.front = new Front(sandbox);
  }

  @All([...callPaths.keys()])
  async call(@Req() request: Request, @Res() reply: Reply): Promise<void> {
    reply.hijack();
    const name = callPaths.get(request.url.replace(/\?.*$/, ''));
    if (!name) throw new Error(`no call at ${request.url}`);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const knock = { method: request.method, body, hasCertificate: this.hasCertificate(request) };
    try {
      await this.front.serve(name, knock, reply.raw);
    } catch (err) {
      // Nobody else can answer any more; a bug must not look like a black hole.
      this.sandbox.log.error({ err, name }, 'a call failed');
      reply.raw.destroy();
    }
  }

  /** Without a CA nobody is asked for a certificate. */
  private hasCertificate({ raw }: Request): boolean {
    if (!this.sandbox.config.tls?.clientCa) return true;
    const socket = raw.socket as TLSSocket;
    // A resumed session counts as authorized even where it never showed a certificate.
    return socket.authorized && 'fingerprint' in socket.getPeerCertificate();
  }
}
