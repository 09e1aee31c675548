/** The part of tenpay 2.1.18 that the tests use; it brings no types of its own. */
declare module 'tenpay' {
  type Fields = Record<string, string>;
  type Reply = { header(): void; send(xml: string): void; reply?(message?: string): void };

  class Tenpay {
    constructor(config: {
      appid: string;
      mchid: string;
      partnerKey: string;
      notify_url?: string;
      refund_url?: string;
      pfx?: Buffer;
    });
    /** Where each call goes. */
    urls: Record<string, string>;
    unifiedOrder(fields: Record<string, string | number>): Promise<Fields>;
    orderQuery(fields: Fields): Promise<Fields>;
    closeOrder(fields: Fields): Promise<Fields>;
    refund(fields: Record<string, string | number>): Promise<Fields>;
    refundQuery(fields: Fields): Promise<Fields>;
    downloadBill(fields: Fields, format: true): Promise<{ list_data: string[][] }>;
    middlewareForExpress(
      type: 'pay' | 'refund',
    ): (
      request: { body: string; weixin?: Fields & { req_info?: Fields } },
      reply: Reply,
      next: () => void,
    ) => Promise<void>;
  }
  export = Tenpay;
}
