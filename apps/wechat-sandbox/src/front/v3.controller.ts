import type { IncomingMessage, ServerResponse } from 'node:http';
import { All, Controller, Req, Res } from '@nestjs/common';
import { sendWhole } from '../faults/send';
import { Sandbox } from '../sandbox';
import { type Told, writeTold } from '../v3/answer';
import type { Incoming } from '../v3/call';
import { Front } from './front';
import { answerRaw, type Reply } from './raw-answer';
import { v3Caller } from './v3-caller';

interface Request {
  readonly body: unknown;
  readonly raw: IncomingMessage;
}

/** WeChat's own paths of v3. */
@Controller()
export class V3Controller {
  private readonly front: Front<Told>;

  constructor(private readonly sandbox: Sandbox) {
    this.front = new Front(sandbox);
  }

  @All('v3/*')
  call(@Req() { raw, body }: Request, @Res() reply: Reply): Promise<void> {
    const incoming: Incoming = {
      method: raw.method ?? '',
      target: raw.url ?? '',
      headers: raw.headers,
      body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
      origin: `${'encrypted' in raw.socket ? 'https' : 'http'}://${raw.headers.host ?? ''}`,
    };
    return answerRaw(reply, this.sandbox.log, (out) => this.serve(incoming, out));
  }

  private async serve(incoming: Incoming, out: ServerResponse): Promise<void> {
    const { v3Desk, platform } = this.sandbox;
    const way = v3Desk.way(incoming);
    if ('status' in way) return sendWhole(out, await writeTold(way, platform, undefined));
    return this.front.serve(v3Caller(incoming, way, this.sandbox), out);
  }
}
