import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Dialect } from '@saoma/contracts/values';
import { pino } from 'pino';
import { Bills } from '../../apps/pay-service/src/bills';
import { Dialects } from '../../apps/pay-service/src/dialects';
import { GivenCodes } from '../../apps/pay-service/src/given-codes';
import { merchant, plain } from '../../apps/pay-service/src/spec-kit';
import { WechatHttp } from '../../apps/pay-service/src/wechat-http';
import { WechatV2Channel } from '../../apps/pay-service/src/wechat-v2/channel';
import { WechatV3Channel } from '../../apps/pay-service/src/wechat-v3/channel';
import { Connection } from '../../apps/pay-service/src/wechat-v3/connection';
import {
  type Answer,
  answer,
  merchantKeys,
  no,
  nowMs,
  shop,
} from '../../apps/pay-service/src/wechat-v3/v3-spec-kit';

/** A day's trade bill as it is sent, zipped or not; `sha1` is what v3's ticket says of it. */
interface File {
  readonly bytes: Uint8Array;
  readonly sha1: string;
}
/** What WeChat has to say of a day (yyyy-MM-dd). */
type Said = File | 'none' | 'creating' | 'away';
type SaidOf = (day: string) => Said;

const log = pino({ level: 'silent' });
const ticketPath = '/v3/bill/tradebill';
const filePath = '/v3/billdownload/file';

/** WeChat's desk for bills in both dialects, over HTTP, and the pay service's own way to it. */
export class BillDesk {
  private readonly http: WechatHttp;
  private readonly connection: Connection;
  private readonly channels: { readonly v2: WechatV2Channel; readonly v3: WechatV3Channel };

  private constructor(private readonly server: Server) {
    const { port } = server.address() as AddressInfo;
    this.http = new WechatHttp({ url: `http://127.0.0.1:${port}` });
    this.connection = new Connection(merchantKeys, this.http, { log, now: () => nowMs });
    const { description: body, payer_client_ip: spbill_create_ip, ...urls } = shop;
    const { mch_id } = merchantKeys;
    const account = { ...merchant, mch_id, body, spbill_create_ip, ...urls };
    const shared = { log, codes: new GivenCodes() };
    this.channels = {
      v2: new WechatV2Channel(account, this.http, shared),
      v3: new WechatV3Channel(this.connection, shop, shared),
    };
  }

  static async open(saidOf: SaidOf): Promise<BillDesk> {
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const isV2 = request.method === 'POST';
      if (isV2) answerV2(saidOf(dayInXml(body)), response);
      else answerV3(saidOf, request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new BillDesk(server);
  }

  /** What a pay service reads of it that has nothing in its memory yet. */
  reader(dialect: Dialect): Bills {
    return new Bills(new Dialects(this.channels, dialect, log));
  }

  async close(): Promise<void> {
    this.connection.keys.stop();
    await this.http.close();
    this.server.closeAllConnections();
    this.server.close();
  }
}

const dayInXml = (xml: string) =>
  (/<bill_date><!\[CDATA\[([0-9]{8})\]\]>/.exec(xml)?.[1] ?? '').replace(
    /^(....)(..)(..)$/,
    '$1-$2-$3',
  );

function answerV2(said: Said, response: ServerResponse): void {
  if (said === 'away') response.writeHead(502).end();
  else if (typeof said === 'object') response.end(said.bytes);
  else {
    const return_msg = said === 'none' ? 'No Bill Exist' : 'Bill Creating';
    response.end(plain({ return_code: 'FAIL', return_msg, error_code: '20002' }));
  }
}

function answerV3(saidOf: SaidOf, { url = '' }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://wechat');
  const said = saidOf(searchParams.get('bill_date') ?? searchParams.get('token') ?? '');
  if (said === 'away') response.writeHead(502).end();
  else if (pathname === filePath && typeof said === 'object') response.end(said.bytes);
  else {
    const { status, headers, body } = ticketOf(pathname, searchParams.get('bill_date'), said);
    response.writeHead(status, headers).end(body);
  }
}

const nothing = no(400, 'NO_STATEMENT_EXIST');
const creating = no(400, 'STATEMENT_CREATING');

function ticketOf(pathname: string, day: string | null, said: Said): Answer {
  if (pathname !== ticketPath || said === 'none') return nothing;
  if (typeof said !== 'object') return creating;
  const download_url = `https://api.mch.weixin.qq.com${filePath}?token=${day}`;
  return answer(200, { download_url, hash_type: 'SHA1', hash_value: said.sha1 });
}
