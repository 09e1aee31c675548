import type { IncomingMessage, ServerResponse } from 'node:http';
import { All, Controller, Req, Res } from '@nestjs/common';
import { sendWhole } from '../faults/send';
import { Sandbox } from '../sandbox';
import { type Told, writeTold } from '../v3/answer';
import type { Incoming } from '../v3/call';
import { Front } from './front';
import { v3Caller } from './v3-caller';

interface Request {
  readonly body: unknown;
  readonly raw: IncomingMessage;
}

interface Reply {
  readonly raw: ServerResponse;
  hijack(): void;
}

/** WeChat's own paths of v3. */
@Controller()
export class V3Controller {
  private readonly front: Front<Told>;

  constructor(private readonly sandbox: Sandbox) {
    this.front = new Front(sandbox);
  }

  @All('v3/*')
  async call(@Req() { raw, body }: Request, @Res() reply: Reply): Promise<void> {
    reply.hijack();
    const incoming: Incoming = {
      method: raw.method ?? '',
      target: raw.url ?? '',
      headers: raw.headers,
      body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
      origin: `${'encrypted' in raw.socket ? 'https' : 'http'}://${raw.headers.host ?? ''}`,
    };
    try {
      await this.serve(incoming, reply.raw);
    } catch (err) {
      // Nobody else can answer any more; a bug must not look like a black hole.
      this.sandbox.log.error({ err, target: incoming.target }, 'a call failed');
      reply.raw.destroy();
    }
  }

  private async serve(incoming: Incoming, out: ServerResponse): Promise<void> {
    const { v3Desk, platform } = this.sandbox;
    const way = v3Desk.way(incoming);
    if ('status' in way) return sendWhole(out, await writeTold(way, platform, undefined));
    return this.front.serve(v3Caller(incoming, way, this.sandbox), out);
  }
}
