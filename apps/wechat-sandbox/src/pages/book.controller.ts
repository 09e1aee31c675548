import { Body, Controller, Get, Post, Res } from '@nestjs/common';
import type { Trade } from '../book/trade';
import { NoticeFault } from '../faults/fault';
import { languageCookie, type Reply, readForm, sendPage } from '../html';
import { shopName } from '../merchant';
import { Sandbox } from '../sandbox';
import { bookPage } from './book-page';
import { clockSteps, readyFaults } from './book-tools';

const tradesShownMax = 100;
const forged = NoticeFault.parse({ match: { notice: 'pay' }, kind: 'forged' });

const yearSeconds = 31_536_000;

/** The book, for people. Whatever was clicked, the page comes back and shows what came of it. */
@Controller()
export class BookController {
  constructor(private readonly sandbox: Sandbox) {}

  @Get()
  root(@Res() reply: Reply): void {
    reply.redirect('/book', 302);
  }

  @Get('book')
  show(@Res() reply: Reply): void {
    const trades = this.sandbox.book.trades();
    const page = bookPage({
      now: this.sandbox.clock.now(),
      trades: trades.slice(-tradesShownMax).reverse(),
      count: trades.length,
      faults: this.sandbox.faults.list(),
      shopOf: (trade) => shopName(this.sandbox.merchantOf(trade)),
    });
    sendPage(reply, page);
  }

  /** The reader's choice of a language, and back to where it was made: a page of ours. */
  @Post('language')
  chooseLanguage(@Body() body: unknown, @Res() reply: Reply): void {
    const form = readForm(body);
    const language = form.get('language') === 'en' ? 'en' : 'zh';
    const here = 'http://sandbox';
    const back = form.get('back') ?? '/';
    const { pathname, search } = new URL(URL.canParse(back, here) ? back : '/', here);
    const cookie = `${languageCookie}=${language}; Path=/; Max-Age=${yearSeconds}; SameSite=Lax`;
    reply.headers({ 'set-cookie': cookie });
    reply.redirect(pathname.replace(/^\/+/, '/') + search, 303);
  }

  @Post('book/pay')
  async pay(@Body() body: unknown, @Res() reply: Reply): Promise<void> {
    const trade = this.trade(body);
    if (trade) await this.sandbox.pay(trade.code_url)?.told;
    reply.redirect('/book', 303);
  }

  @Post('book/resend')
  async resend(@Body() body: unknown, @Res() reply: Reply): Promise<void> {
    const trade = this.trade(body);
    if (trade) await this.sandbox.sendNotice(trade, { notice: 'pay' });
    reply.redirect('/book', 303);
  }

  @Post('book/forge')
  async forge(@Body() body: unknown, @Res() reply: Reply): Promise<void> {
    const trade = this.trade(body);
    if (trade) await this.sandbox.sendNotice(trade, { notice: 'pay', fault: forged });
    reply.redirect('/book', 303);
  }

  @Post('book/fault')
  fault(@Body() body: unknown, @Res() reply: Reply): void {
    const fault = readyFaults[Number(readForm(body).get('number') ?? Number.NaN)];
    if (fault) this.sandbox.faults.give(fault.rule);
    reply.redirect('/book', 303);
  }

  @Post('book/forget-faults')
  forgetFaults(@Res() reply: Reply): void {
    this.sandbox.faults.forget();
    reply.redirect('/book', 303);
  }

  @Post('book/clock')
  async turn(@Body() body: unknown, @Res() reply: Reply): Promise<void> {
    const asked = Number(readForm(body).get('advance_ms'));
    const step = clockSteps.find(({ advance_ms }) => advance_ms === asked);
    if (step) await this.sandbox.clock.advance(step.advance_ms);
    reply.redirect('/book', 303);
  }

  /** An order that the book has forgotten meanwhile is not there any more. */
  private trade(body: unknown): Trade | undefined {
    const form = readForm(body);
    const [trade] = this.sandbox.tradesNamed(
      form.get('out_trade_no') ?? '',
      form.get('mch_id') ?? '',
    );
    return trade;
  }
}
