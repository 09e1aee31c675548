/** What each environment variable means; a variable without a meaning fails the docs. */
export const meanings: Readonly<Record<string, string>> = {
  PORT: 'the HTTP port',
  HOST: 'the address that HTTP listens on',
  LOG_LEVEL: 'trace, debug, info, warn, error, fatal or silent',
  ORDER_RPC: 'where the order service is called',
  ORDER_RPC_LISTEN: 'where it listens, if that is not `ORDER_RPC`',
  PAY_RPC: 'where the pay service is called',
  PAY_RPC_LISTEN: 'where it listens, if that is not `PAY_RPC`',

  DATABASE_URL: '`sqlite:file`, `mysql://user:password@host:3306/db` or `mariadb://...`',
  REDIS_URL: '`redis://host:port`; needed as soon as there is more than one order service',
  WORKER_ID: 'a fixed worker number for ids, 1-1022; without it one is leased in the database',
  QR_WAIT_MS: 'how long a page waits before it hears `二维码超时`',
  QUERY_INTERVAL_MS: 'pause between two queries of one unpaid payment while it is young',
  PAY_LOG_TTL_MS: 'an unpaid payment is closed when it is this old',
  WECHAT_CLOSE_AFTER_MS: 'WeChat takes no close earlier than this after the first code',
  WECHAT_REFUND_SPACING_MS: 'pause between two refunds of one payment',
  SHOP_WEBHOOK_URL: 'where the shop hears of paid, closed and refunded payments; https',
  SHOP_WEBHOOK_SECRET: '`whsec_` and base64; goes together with `SHOP_WEBHOOK_URL`',
  DEMO: 'a demo catalogue and a sign-in for everybody; never where real money is',

  STOREFRONT_ORIGINS: 'origins of storefronts on other hosts, comma separated: CORS with cookies',
  TRUST_PROXY: 'addresses or networks of proxies whose `X-Forwarded-*` headers are believed',
  AUTH_JWT_SECRET: 'the secret of HS256 tokens; this or `AUTH_JWKS_URL`, unless `DEMO=true`',
  AUTH_JWKS_URL: "the identity provider's key set; https",
  AUTH_ISSUER: 'the `iss` that a token must have',
  AUTH_AUDIENCE: 'the `aud` that a token must have',

  WECHAT_APPID: "the merchant's appid",
  WECHAT_MCH_ID: "the merchant's number",
  WECHAT_KEY: 'the API key of APIv2, 32 characters',
  WECHAT_SIGN_TYPE: 'MD5 or HMAC-SHA256',
  WECHAT_NOTIFY_URL: 'where WeChat reports payments: https, public, no query',
  WECHAT_REFUND_NOTIFY_URL: 'where WeChat reports refunds; without it beside `WECHAT_NOTIFY_URL`',
  WECHAT_API_URL:
    "WeChat or a sandbox; the gateway reads it in the demo only, to link to the sandbox's phone",
  WECHAT_API_BACKUP_URL:
    "the host to ask when the first one's network fails; without it WeChat's second host, if " +
    "`WECHAT_API_URL` is WeChat's",
  WECHAT_CERT: "PEM file of the merchant's client certificate; WeChat takes no refund without it",
  WECHAT_CERT_KEY: 'PEM file of its key; goes together with `WECHAT_CERT`',
  WECHAT_BODY: 'what the payer reads',
  WECHAT_SERVER_IP: 'the address of the machine that calls WeChat (`spbill_create_ip`)',

  SANDBOX_MERCHANTS: 'a JSON file: a list of more merchants, each with `appid`, `mch_id` and `key`',
  SANDBOX_CLOSE_AFTER_MS: 'an order cannot be closed before this; 0 turns the rule off',
  SANDBOX_REFUND_AFTER_MS: 'how long an accepted refund stays PROCESSING',
  SANDBOX_REFUND_SPACING_MS: 'two refunds of one order are this far apart; 0 turns the rule off',
  SANDBOX_TRADES_MAX: 'how many orders the book keeps; the oldest finished ones leave first',
  SANDBOX_TLS_CERT: 'PEM file: the sandbox then speaks https',
  SANDBOX_TLS_KEY: 'PEM file of its key',
  SANDBOX_CLIENT_CA: 'PEM file: refunds then need a client certificate of this CA',
};
