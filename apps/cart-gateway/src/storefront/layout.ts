import type { GatewayConfig } from '../config';
import { qrPluginPaths } from './qr-plugin';

/** Whose page it is: the shoppers', or that of operators and auditors. */
interface Place {
  readonly address: string;
  /** What stands in the bar above the page. */
  readonly bar: string;
  readonly config: GatewayConfig;
}

/** The addresses of operators and auditors begin with this. */
export const consolePath = '/console/';

/**
 * A whole page: the layout around what is the page's own, which is lines for the head and then its
 * `<main>`. The bar marks the page's own address. What depends on the configuration is filled in.
 */
export function wholePage(layout: string, own: string, { address, bar, config }: Place): string {
  const main = own.indexOf('<main');
  if (main < 0) throw new Error(`the page of ${address} lacks its <main>`);
  return layout
    .replace('<!-- bar -->', () => bar.trim())
    .replace('<!-- head -->', () => own.slice(0, main).trim())
    .replace('<!-- main -->', () => own.slice(main).trim())
    .replace(`<a href="${address}"`, `<a href="${address}" aria-current="page"`)
    .replace('<!-- sign-in -->', () => signInPart(config, address))
    .replace('<!-- qr -->', () => `<script src="${qrPluginPaths[config.STOREFRONT_QR]}"></script>`)
    .replace('<!-- sandbox -->', () => sandboxPart(config))
    .replace('<!-- wechat-body -->', () => escaped(config.WECHAT_BODY));
}

/** In the demo anybody is what they choose to be. */
const rolePart = `<label for="role" data-en="Role">角色</label>
      <select id="role" name="role">
        <option value="operator" data-en="Operator">操作员</option>
        <option value="auditor" data-en="Auditor: looks only">审计员：只看不改</option>
      </select>`;

/** How one signs in: as anybody in the demo, else where the shop does that. */
function signInPart({ DEMO, LOGIN_URL }: GatewayConfig, address: string): string {
  if (DEMO) {
    return `<form id="sign-in-demo">
      <label for="user_id" data-en="Demo user">演示用户</label>
      <input
        id="user_id" name="user_id" value="demo"
        required maxlength="64" autocomplete="username"
      />
      ${address.startsWith(consolePath) ? rolePart : ''}
      <button class="strong" type="submit" data-en="Sign in">登录</button>
    </form>`;
  }
  if (LOGIN_URL) {
    const href = escaped(LOGIN_URL);
    return `<p><a class="button strong" id="sign-in-link" href="${href}" data-en="Sign in"
      >去登录</a></p>`;
  }
  return `<p data-en="Please sign in where this shop does that, then come back here."
    >请在本店的登录页登录，然后回到这里。</p>`;
}

/** In a demo with a sandbox in WeChat's place a page says so, and can open its phone. */
function sandboxPart({ DEMO, WECHAT_API_URL }: GatewayConfig): string {
  if (!DEMO || !WECHAT_API_URL || !URL.canParse(WECHAT_API_URL)) return '';
  const { origin } = new URL(WECHAT_API_URL);
  return `<p class="sandbox" id="sandbox" data-address="${escaped(origin)}"
    data-en="Sandbox: no real money">沙箱：不会真的扣款</p>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? '');
}
