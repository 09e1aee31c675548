import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { payers } from '../book/book';
import { type Reply, readForm, sendPage } from '../html';
import { shopName } from '../merchant';
import { Sandbox } from '../sandbox';
import { type PhoneView, phoneLink, phonePage, type Screen } from './phone-page';

type ScanQuery = Readonly<Partial<Record<'code_url' | 'payer' | 'did', string>>>;

/** The payer's phone: what was scanned, and the payer's yes or no. */
@Controller('phone')
export class PhoneController {
  constructor(private readonly sandbox: Sandbox) {}

  @Get()
  show(@Query() query: ScanQuery, @Res() reply: Reply): void {
    const view = this.look(query);
    sendPage(reply, phonePage(view), view.screen === 'unknown' ? 404 : 200);
  }

  /** However often the payer presses it, the order is paid once; the page tells how it stands. */
  @Post('pay')
  pay(@Body() body: unknown, @Res() reply: Reply): void {
    const { code_url, payer } = readPayer(Object.fromEntries(readForm(body)));
    const scan = this.sandbox.pay(code_url, payers[payer - 1]);
    reply.redirect(phoneLink({ code_url, payer }, scan?.moved ? 'done' : undefined), 303);
  }

  @Post('cancel')
  cancel(@Body() body: unknown, @Res() reply: Reply): void {
    reply.redirect(phoneLink(readPayer(Object.fromEntries(readForm(body))), 'cancelled'), 303);
  }

  private look(query: ScanQuery): PhoneView {
    const { code_url, payer } = readPayer(query);
    if (!code_url) return { screen: 'scan', code_url, payer };
    const scan = this.sandbox.book.scan(code_url, payers[payer - 1]);
    // Whoever scans an order first is the only one who can pay it.
    this.sandbox.keeper.changed();
    if (!scan) return { screen: 'unknown', code_url, payer };
    const { trade, standing } = scan;
    let screen: Screen = standing;
    if (query.did === 'done' && standing === 'paid') screen = 'done';
    if (query.did === 'cancelled' && standing === 'payable') screen = 'cancelled';
    return { screen, code_url, payer, trade, shop: shopName(this.sandbox.merchantOf(trade)) };
  }
}

/** The first payer holds the phone unless the second is asked for. */
function readPayer(query: ScanQuery): { code_url: string; payer: 1 | 2 } {
  const code_url = typeof query.code_url === 'string' ? query.code_url : '';
  return { code_url, payer: query.payer === '2' ? 2 : 1 };
}
