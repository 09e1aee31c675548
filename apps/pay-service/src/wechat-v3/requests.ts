import type { HttpAnswer, Message, WechatHttp } from '../wechat-http';
import { authorization, type SignedParts, type Signer, stampOf } from './sign';

interface More {
  readonly deadline?: AbortSignal | undefined;
  /** Which of WeChat's keys a field of the body is encrypted for. */
  readonly serial?: string | undefined;
}

/** Signs what is asked, and asks. Whether an answer is WeChat's is for the caller to check. */
export class WechatV3Requests {
  constructor(
    private readonly signer: Signer,
    private readonly http: WechatHttp,
    private readonly options: {
      /** Named on every call, so that WeChat answers with the key that we can check. */
      readonly publicKeyId: string | undefined;
      /** Unix milliseconds. */
      readonly now: () => number;
    },
  ) {}

  /** Never throws for what WeChat or the network does. */
  ask(request: SignedParts, more: More = {}): Promise<HttpAnswer> {
    return this.http.ask(this.message(request, more));
  }

  /** The same for what may be a file. */
  download(request: SignedParts): Promise<HttpAnswer<Uint8Array[]>> {
    return this.http.download(this.message(request, {}));
  }

  private message(request: SignedParts, { deadline, serial }: More): Message {
    const { publicKeyId: usual, now } = this.options;
    const named = serial ?? usual;
    return {
      method: request.method,
      path: request.target,
      headers: {
        accept: 'application/json',
        authorization: authorization(request, this.signer, stampOf(now())),
        ...(request.method === 'POST' && { 'content-type': 'application/json' }),
        ...(named !== undefined && { 'wechatpay-serial': named }),
      },
      body: request.body,
      deadline,
    };
  }
}
