import { Controller, Get, Headers, Res } from '@nestjs/common';
import { type Reply, sendPage } from '../html';
import { Sandbox } from '../sandbox';
import { helpPage } from './help-page';

/** What a test can tell this WeChat, for people. */
@Controller('_sandbox')
export class HelpController {
  constructor(private readonly sandbox: Sandbox) {}

  @Get()
  show(@Headers('host') host: string, @Res() reply: Reply): void {
    const scheme = this.sandbox.config.tls ? 'https' : 'http';
    // What stands in a shell's line must be no more than a host.
    const isHost = /^[\w.:[\]-]+$/.test(host);
    sendPage(reply, helpPage(`${scheme}://${isHost ? host : '127.0.0.1:9100'}`));
  }
}
