import { connect } from 'node:net';

const answerMsMax = 10_000;

/**
 * One call to a service's RPC port as anybody who reaches it could make it: nothing is checked on
 * this side. Gives the code of the error that came back, or 'answered'.
 */
export async function rawCall(
  port: number,
  pattern: string,
  data: Readonly<Record<string, unknown>>,
): Promise<string> {
  const frame = JSON.stringify({ pattern, data, id: '1' });
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(answerMsMax, () => socket.destroy(new Error('no answer')));
  try {
    socket.write(`${frame.length}#${frame}`);
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      const [length = '', ...rest] = text.split('#');
      const body = rest.join('#');
      if (body.length >= Number(length)) return codeIn(body);
    }
    return 'hung up';
  } finally {
    socket.destroy();
  }
}

function codeIn(body: string): string {
  const { err } = JSON.parse(body) as { err?: { code?: string } };
  return err ? String(err.code) : 'answered';
}
