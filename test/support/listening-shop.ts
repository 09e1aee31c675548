import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Message } from '@saoma/contracts/webhooks';
import { Webhook } from 'standardwebhooks';
import { checkMessage } from './documented';

/** A shop's own server, which takes whatever comes. */
export class ListeningShop {
  private readonly secret = `whsec_${randomBytes(24).toString('base64')}`;
  private readonly taken: { body: string; headers: Record<string, string> }[] = [];
  private readonly server: Server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    this.taken.push({ body, headers: request.headers as Record<string, string> });
    response.writeHead(204).end();
  });

  static async start(): Promise<ListeningShop> {
    const shop = new ListeningShop();
    await once(shop.server.listen(0, '127.0.0.1'), 'listening');
    return shop;
  }

  /** What the order service has to know of it. */
  get env(): { SHOP_WEBHOOK_URL: string; SHOP_WEBHOOK_SECRET: string } {
    const { port } = this.server.address() as AddressInfo;
    return { SHOP_WEBHOOK_URL: `http://127.0.0.1:${port}/`, SHOP_WEBHOOK_SECRET: this.secret };
  }

  /** All messages, or those of one payment, each signed and as documented. */
  heard(out_trade_no?: string): Message[] {
    const webhook = new Webhook(this.secret);
    const messages = this.taken.map(({ body, headers }) => {
      const message = webhook.verify(body, headers) as Message;
      checkMessage(message);
      return message;
    });
    return messages.filter(({ data }) => !out_trade_no || data.out_trade_no === out_trade_no);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
