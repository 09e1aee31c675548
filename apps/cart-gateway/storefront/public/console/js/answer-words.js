// What a question to WeChat or a message to the shop has brought, in the server's words, as people
// read it: `[zh, en]`. Codes and words of WeChat and of the network stay as they are.
import { refundStates, wordsBy } from './names.js';

/** Said as a whole. */
const known = {
  NOTPAY: ['还没有付款', 'not paid'],
  SUCCESS: ['已付款', 'paid'],
  CLOSED: ['已关闭', 'closed'],
  REFUND: ['已付款，退过款', 'paid, and money went back'],
  USERPAYING: ['正在支付', 'being paid'],
  PAYERROR: ['支付失败', 'the payment has failed'],
  ACCEPT: ['等待扣款', 'accepted, not paid yet'],
  REVOKED: ['已撤销', 'revoked'],
  REFUNDCLOSE: refundStates.REFUNDCLOSE,
  ORDERNOTEXIST: ['微信没有这个单号（ORDERNOTEXIST）', 'WeChat has no such number (ORDERNOTEXIST)'],
  ORDERCLOSED: ['微信已关单（ORDERCLOSED）', 'WeChat has closed it (ORDERCLOSED)'],
  'closed by us': ['由我们关单', 'closed by us'],
  'other money': ['收到的是另一笔款项', 'other money came for it'],
  'never asked': ['从未为它向微信下过单', 'WeChat was never asked for it'],
  'a code is being asked for': ['正在向微信请求二维码', 'A code is being asked for at WeChat'],
  'the payment belongs to another appid or mch_id': [
    '这笔支付属于别的 AppID 或商户号',
    'It is of another appid or mch_id',
  ],
  'the keys of the dialect in which this payment was opened are not there': [
    '这笔支付下单时所用接口的密钥已不在这里',
  ],
  'answer not about this refund': ['答复说的不是这笔退款'],
  'answer about no refund': ['答复里没有退款'],
  'answer about no payment': ['答复里没有支付'],
  'answer without a readable refund': ['答复里的退款无法读取'],
  'answer without a result': ['答复里没有结果'],
  'answer without a code_url': ['答复里没有二维码'],
  'answer without a ticket': ['答复里没有账单的下载凭证'],
  'answer without return_code': ['答复里没有 return_code'],
  'answer with a wrong signature': ['答复的签名不对'],
  'neither a file nor a refusal': ['既不是文件，也不是拒绝'],
  'no time left': ['时间用完了'],
  'not signed': ['没有签名'],
  'another signature type': ['签名类型不同'],
  'a timestamp that is none': ['时间戳无效'],
  'our clock and its timestamp are apart': ['我们的时钟与它的时间戳相差太多'],
  'a signature probe': ['这是微信的签名探测'],
  'wrong signature': ['签名不对'],
  'signed with an unknown key': ['签名所用的密钥，这里没有'],
  'signed with a key that is not known here': ['签名所用的密钥，这里没有'],
  'no webhook is configured': ['没有配置接收消息的地址'],
  'redirects are not followed': ['不跟随重定向'],
  'nothing listens there': ['那里没有程序在监听'],
  'no such host': ['没有这个主机'],
  'the name of the host cannot be looked up': ['主机名无法解析'],
  'the connection broke off': ['连接中断'],
  'no connection within 3 s': ['3 秒内没有连上'],
  'the answer is larger than 64 KiB': ['答复超过 64 KiB'],
  'no whole answer within 10 s': ['10 秒内没有完整的答复'],
  'it does not speak TLS': ['对方不使用 TLS'],
  'its certificate has expired': ['对方的证书已过期'],
  'its certificate is signed by nobody who is known': ['对方证书的签发者不被信任'],
  'its certificate comes without the one that has signed it': ['对方没有附上签发其证书的证书'],
  'its certificate is for another host': ['对方的证书属于另一个主机'],
};

const services = { pay: '支付服务', order: '订单服务' };

/** Of an answer; what is not here is called as WeChat calls it. */
const fields = { currency: '货币', status: '状态', refund_status: '退款状态' };

/** What is said in parts; the last ones may have been cut where a column ends. */
const parts = [
  [/^unknown: (.*)$/s, (why) => prefixed('没有明确答复：', 'no certain answer: ', why)],
  [/^close: (.*)$/s, (why) => prefixed('关单的结果：', 'the close: ', why)],
  [/^after it: (.*)$/s, (state) => prefixed('关单之后微信答复：', 'after it WeChat says: ', state)],
  [
    /^HTTP ([0-9]+): (.*)$/s,
    (status, why) => prefixed(`HTTP ${status}：`, `HTTP ${status}: `, why),
  ],
  [/^through the proxy (\S+): (.*)$/s, (host, why) => [`经代理 ${host}：${wordsOfAnswer(why)[0]}`]],
  [/^proxy: (.*)$/s, (why) => [`代理：${why}`]],
  [
    /^(\w+), unreadable$/,
    () => ['已付款，但金额、时间或单号无效', 'paid, but its amount, time or number is not valid'],
  ],
  [/^answer with another (\w+)$/, (name) => [`答复里的${fields[name] ?? ` ${name} `}不同`]],
  [/^answer with an unknown (\w+)$/, (name) => [`答复里的${fields[name] ?? ` ${name} `}不认识`]],
  [
    /^answer with a code that was given for (\w+)$/,
    (number) => [`答复的二维码已给过另一笔支付 ${number}`],
  ],
  [/^unreadable answer/, () => ['答复无法读取']],
  [
    /^the (\w+) service (does not answer|cannot be reached)$/,
    (name, how) => [
      `${services[name] ?? name}${how === 'does not answer' ? '没有应答' : '连不上'}`,
    ],
  ],
  [
    /^(.+?) \((?:of )?([^)]*)\)?$/s,
    (said, detail) => Object.hasOwn(known, said) && [`${known[said][0]}（${detail}）`],
  ],
];

function prefixed(zh, en, text) {
  const [zhText, enText] = wordsOfAnswer(text);
  return [zh + zhText, en + enText];
}

export const wordsOfAnswer = (text) => wordsBy({ known, parts }, text);
