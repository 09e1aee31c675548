import {
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  Delete,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import type { z } from 'zod';
import { isNo } from '../book/no';
import type { Trade } from '../book/trade';
import { FaultInput } from '../faults/fault';
import { Merchant } from '../merchant';
import { Sandbox } from '../sandbox';
import { SettingsInput } from '../settings';
import { signedHeaders } from '../v3/signed-headers';
import {
  ClockInput,
  HandFault,
  NoticeInput,
  PayInput,
  PlatformInput,
  RefundInput,
  SignInput,
} from './inputs';
import { JsonBody } from './json-body';
import { viewFault, viewMerchant, viewNotice, viewPlatform, viewRefund, viewTrade } from './views';

/** WeChat knows a payment once its code was asked for. */
const unknownNumber =
  'no such out_trade_no: nobody has asked for its code, or the sandbox was started again since';

/** The control plane: what a test or a developer does to this WeChat. JSON in and out. */
@Controller('_sandbox')
export class ControlController {
  constructor(private readonly sandbox: Sandbox) {}

  @Post('pay')
  @HttpCode(200)
  pay(@Body(new JsonBody(PayInput)) input: z.output<typeof PayInput>) {
    const code_url = input.code_url ?? this.tradeNamed(input.out_trade_no, input.mch_id).code_url;
    const scan = this.sandbox.pay(code_url);
    if (!scan) throw new NotFoundException('no such code_url');
    if (!scan.moved) throw new ConflictException(`not payable: ${scan.standing}`);
    return this.view(scan.trade);
  }

  @Get('trades')
  trades() {
    return { trades: this.sandbox.book.trades().map((trade) => this.view(trade)) };
  }

  @Get('trades/:out_trade_no')
  trade(@Param('out_trade_no') out_trade_no: string, @Query('mch_id') mch_id?: string) {
    return this.view(this.tradeNamed(out_trade_no, mch_id));
  }

  @Get('refunds')
  refunds() {
    const now = this.sandbox.clock.now();
    const trades = this.sandbox.book.trades();
    return {
      refunds: trades.flatMap(({ refunds }) => refunds.map((each) => viewRefund(each, now))),
    };
  }

  @Post('refunds')
  refundInConsole(@Body(new JsonBody(RefundInput)) input: z.output<typeof RefundInput>) {
    const trade = this.tradeNamed(input.out_trade_no, input.mch_id);
    const made = this.sandbox.refundInConsole(trade, input);
    if (isNo(made)) throw new ConflictException(`not refundable: ${made.no}`);
    return viewRefund(made, this.sandbox.clock.now());
  }

  @Get('faults')
  faults() {
    return { faults: this.sandbox.faults.list().map(viewFault) };
  }

  @Post('faults')
  giveFault(@Body(new JsonBody(FaultInput)) rule: z.output<typeof FaultInput>) {
    const fault = this.sandbox.faults.give(rule);
    if (!fault) throw new ConflictException('too many faults that are not spent');
    return viewFault(fault);
  }

  @Delete('faults')
  @HttpCode(204)
  forgetFaults(): void {
    this.sandbox.faults.forget();
  }

  @Delete('faults/:id')
  @HttpCode(204)
  forgetFault(@Param('id') id: string): void {
    if (!this.sandbox.faults.forgetOne(Number(id))) throw new NotFoundException('no such fault');
  }

  @Post('notices')
  @HttpCode(200)
  async sendNotice(@Body(new JsonBody(NoticeInput)) input: NoticeInput) {
    const trade = this.tradeNamed(input.out_trade_no, input.mch_id);
    const { notice } = input;
    const attempt = await this.sandbox.sendNotice(trade, { notice, fault: handFault(input) });
    if (!attempt) throw new ConflictException('there is nothing to tell of this order');
    return viewNotice(attempt);
  }

  @Get('clock')
  clock() {
    return { now: new Date(this.sandbox.clock.now()).toISOString() };
  }

  @Post('clock')
  @HttpCode(200)
  async turn(@Body(new JsonBody(ClockInput)) { advance_ms }: z.output<typeof ClockInput>) {
    await this.sandbox.clock.advance(advance_ms);
    return this.clock();
  }

  /** As this merchant sees it, or as one that has no mode of its own. */
  @Get('platform')
  viewPlatform(@Query('mch_id') mch_id = '') {
    const { merchants, platform } = this.sandbox;
    return viewPlatform(platform, platform.modeOf(merchants.of(mch_id)));
  }

  @Post('platform')
  @HttpCode(200)
  async changePlatform(@Body(new JsonBody(PlatformInput)) input: z.output<typeof PlatformInput>) {
    const { platform } = this.sandbox;
    if (input.rotate) await platform.rotate();
    platform.probe_share = input.probe_share ?? platform.probe_share;
    platform.new_certificate_share = input.new_certificate_share ?? platform.new_certificate_share;
    platform.public_key_share = input.public_key_share ?? platform.public_key_share;
    return this.viewPlatform();
  }

  /** WeChat's signature over any text: a notice that a test has written itself is then believed. */
  @Post('sign')
  @HttpCode(200)
  async sign(@Body(new JsonBody(SignInput)) input: z.output<typeof SignInput>) {
    const { body, mch_id, age_ms } = input;
    const { merchants, platform } = this.sandbox;
    const merchant = mch_id === undefined ? merchants.all()[0] : merchants.of(mch_id);
    if (!merchant) throw new NotFoundException('no such mch_id');
    return { headers: signedHeaders(body, await platform.keyOfNotice(merchant), age_ms) };
  }

  @Post('merchants')
  putMerchant(
    @Body(new JsonBody(Merchant)) input: Merchant,
    @Res({ passthrough: true }) reply: { status(status: number): unknown },
  ) {
    const { merchant, isNew } = this.sandbox.merchants.put(input);
    reply.status(isNew ? 201 : 200);
    return viewMerchant(merchant);
  }

  @Get('settings')
  settings() {
    return this.sandbox.settings.values;
  }

  @Post('settings')
  @HttpCode(200)
  change(@Body(new JsonBody(SettingsInput)) some: z.output<typeof SettingsInput>) {
    this.sandbox.settings.change(some);
    return this.settings();
  }

  @Delete()
  @HttpCode(204)
  forget(): void {
    this.sandbox.forget();
  }

  private view(trade: Trade) {
    return viewTrade(trade, this.sandbox.clock.now());
  }

  private tradeNamed(out_trade_no = '', mch_id?: string): Trade {
    const named = this.sandbox.tradesNamed(out_trade_no, mch_id);
    if (named.length > 1) throw new ConflictException('several merchants use it: add mch_id');
    if (!named[0]) throw new NotFoundException(unknownNumber);
    return named[0];
  }
}

function handFault({ fault, notice }: NoticeInput) {
  if (!fault) return undefined;
  const read = HandFault.safeParse({ ...fault, match: { notice } });
  if (read.success) return read.data;
  throw new BadRequestException(read.error.issues.map(({ message }) => message).join('; '));
}
