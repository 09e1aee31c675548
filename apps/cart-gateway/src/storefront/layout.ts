import type { GatewayConfig } from '../config';

/**
 * A whole page: the layout around what is the page's own, which is lines for the head and then its
 * `<main>`. The bar marks the page's own address.
 */
export function wholePage(layout: string, own: string, address: string): string {
  const main = own.indexOf('<main');
  if (main < 0) throw new Error(`the page of ${address} lacks its <main>`);
  const parts = { head: own.slice(0, main).trim(), main: own.slice(main).trim() };
  return layout
    .replace('<!-- head -->', () => parts.head)
    .replace('<!-- main -->', () => parts.main)
    .replace(`<a href="${address}">`, `<a href="${address}" aria-current="page">`);
}

/** Tells the pay page where the phone of the demo's sandbox is; elsewhere there is none. */
export function withSandbox(page: string, config: GatewayConfig): string {
  return page.replace(
    '<meta name="sandbox" content="" />',
    `<meta name="sandbox" content="${sandboxOf(config)}" />`,
  );
}

/** In the demo a sandbox stands in WeChat's place, and a page can open its phone. */
function sandboxOf({ DEMO, WECHAT_API_URL }: GatewayConfig): string {
  if (!DEMO || !WECHAT_API_URL || !URL.canParse(WECHAT_API_URL)) return '';
  const { origin, hostname } = new URL(WECHAT_API_URL);
  return hostname.endsWith('.weixin.qq.com') ? '' : origin;
}
