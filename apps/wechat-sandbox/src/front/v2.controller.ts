import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { All, Controller, Req, Res } from '@nestjs/common';
import { sendWhole } from '../faults/send';
import { Sandbox } from '../sandbox';
import { writeAnswer } from '../v2/answer';
import { callPaths, needsCertificate } from '../v2/desk';
import { readKnock } from '../v2/gate';
import { Front } from './front';
import { answerRaw, type Reply } from './raw-answer';
import { textParcel, type V2Told, v2Caller } from './v2-caller';
import { webPage } from './web-page';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly raw: IncomingMessage;
}

/** WeChat's own paths of v2. Each takes any method, for it has words of its own for a wrong one. */
@Controller()
export class V2Controller {
  private readonly front: Front<V2Told>;

  constructor(private readonly sandbox: Sandbox) {
    this.front = new Front(sandbox);
  }

  @All([...callPaths.keys()])
  call(@Req() request: Request, @Res() reply: Reply): Promise<void> {
    return answerRaw(reply, this.sandbox.log, (out) => this.serve(request, out));
  }

  private serve(request: Request, out: ServerResponse): void | Promise<void> {
    const name = callPaths.get(request.url.replace(/\?.*$/, ''));
    if (!name) throw new Error(`no call at ${request.url}`);
    if (needsCertificate(name) && !this.hasCertificate(request)) {
      return sendWhole(out, webPage(400, '400 No required SSL certificate was sent'));
    }
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const fields = readKnock(request.method, body);
    if (!(fields instanceof Map)) return sendWhole(out, textParcel(writeAnswer(fields)));
    return this.front.serve(v2Caller(name, fields, this.sandbox), out);
  }

  /** Without a CA nobody is asked for a certificate. */
  private hasCertificate({ raw }: Request): boolean {
    if (!this.sandbox.config.tls?.clientCa) return true;
    const socket = raw.socket as TLSSocket;
    // A resumed session counts as authorized even where it never showed a certificate.
    return socket.authorized && 'fingerprint' in socket.getPeerCertificate();
  }
}
