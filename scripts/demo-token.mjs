// `node scripts/demo-token.mjs my-shop shop` signs my-shop in with the role `shop`, as anybody may
// in the demo, and prints the token. `SAOMA_URL` is where the gateway is.
const url = process.env.SAOMA_URL || 'http://127.0.0.1:3000';
const [user_id, ...roles] = process.argv.slice(2);

try {
  const response = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user_id, roles }),
  });
  if (!response.ok) throw new Error(await response.text());
  const [, token] = /^saoma_session=([^;]+)/.exec(response.headers.get('set-cookie'));
  process.stdout.write(`${token}\n`);
} catch (error) {
  process.stderr.write(`${url} gives no token: ${error.cause?.message ?? error.message}\n`);
  process.exit(1);
}
