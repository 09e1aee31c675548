import { isSandboxOnly, type Variable, variables } from './variables';

/** What makes a demo: the sandbox in WeChat's place, with a merchant that owns no money. */
const demo: Readonly<Record<string, string>> = {
  WECHAT_APPID: 'wx2421b1c4370ec43b',
  WECHAT_MCH_ID: '10000100',
  WECHAT_API: 'v3',
  WECHAT_KEY: '192006250b4c09247ec02edce69f6a2d',
  WECHAT_V3_KEY: 'SandboxApiV3Key0123456789abcdef!',
  WECHAT_PUBLIC_KEY: 'data/demo-keys/pub_key.pem',
  WECHAT_PUBLIC_KEY_ID: 'PUB_KEY_ID_0110000100202611250000000000000001',
  WECHAT_CERT: 'data/demo-keys/apiclient_cert.pem',
  WECHAT_CERT_KEY: 'data/demo-keys/apiclient_key.pem',
  SANDBOX_PLATFORM_KEY: 'data/demo-keys/wechat_key.pem',
  WECHAT_API_URL: 'http://127.0.0.1:9100',
  DEMO: 'true',
};

const head = [
  '# cp .env.example .env && docker compose up',
  '# Each line that is commented out shows the default. What is set makes a demo: the sandbox in',
  "# WeChat's place, with a merchant that owns no money. Its keys are made by demo-keys of",
  '# docker-compose.yml, or once by: node --env-file=.env scripts/demo-keys.mjs',
  '# Written by npm run docs from the code: change the code, then run it again.',
  '',
];

/** What docker-compose.yml reads besides. */
const tail = [
  '# --- docker-compose.yml sets every address between the containers itself ---',
  '# The password of its MySQL: letters and digits',
  'MYSQL_PASSWORD=saoma',
  '# The sandbox, and the keys of its demo; leave it out to sell',
  'COMPOSE_PROFILES=sandbox',
  '# To sell, also what docker-compose.sell.yml says',
  '# COMPOSE_FILE=docker-compose.yml:docker-compose.sell.yml',
  '',
];

/** .env.example: each variable once, at the first service that reads it. */
export function envExample(): string {
  const sections = new Map<string, string[]>();
  for (const name of new Set(known.map((variable) => variable.name))) {
    const some = known.filter((variable) => variable.name === name);
    const service = some[0]?.service ?? '';
    sections.set(service, [...(sections.get(service) ?? []), ...linesOf(name, some)]);
  }
  const parts = [...sections].map(([service, lines]) => [`# --- ${service} ---`, ...lines, '']);
  return [...head, ...parts.flat(), ...tail].join('\n');
}

const known = variables.filter(
  (variable) => !isSandboxOnly(variable) || demo[variable.name] !== undefined,
);

/** What a variable means, by service if it is not the same for all, and its line. */
function linesOf(name: string, some: readonly Variable[]): string[] {
  const meanings = new Set(some.map(({ meaning }) => meaning));
  const words =
    meanings.size === 1
      ? [...meanings]
      : some.map(({ service, meaning }) => `${service}: ${meaning}`);
  const line = demo[name] ? `${name}=${demo[name]}` : `# ${name}=${some[0]?.fallback}`;
  const fileLine = some.flatMap(({ fileName }) => (fileName ? [`# ${fileName}=`] : [])).slice(0, 1);
  return [...words.map((text) => `# ${text.replaceAll('`', '')}`), line, ...fileLine];
}
