import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Requests over kept connections, one in flight on each. */
export interface Hammer {
  /** Ends them all, and says how many answers a second there were. */
  stop(): number;
}

/**
 * Sends requests as fast as they are answered, from 127.0.0.1 to a port of this machine. Any answer but 200 and 201 ends the process:
 * a rate of refusals says nothing. Answers need a content-length.
 */
export async function hammer(port: number, connections: number, next: () => string): Promise<Hammer> {
  let answers = 0;
  const drive = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    let held = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      held += text;
      const length = answerLength(held);
      if (length === null || held.length < length) return;
      held = held.slice(length);
      answers += 1;
      socket.write(next());
    });
    await once(socket, 'connect');
    return socket;
  };
  const sockets = await Promise.all(Array.from({ length: connections }, drive));
  for (const socket of sockets) socket.write(next());
  const begun = performance.now();
  return {
    stop() {
      for (const socket of sockets) socket.destroy();
      return (answers * 1000) / (performance.now() - begun);
    },
  };
}

/** The text of a request with a bearer token; `body` is JSON. */
export function httpRequest(method: string, path: string, token: string, body?: string): string {
  const head = `${method} ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Of head and body together; null while the head is not whole. */
function answerLength(text: string): number | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = text.slice(0, end);
  const body = /content-length: (\d+)/i.exec(head)?.[1];
  if (!/^HTTP\/1\.1 20[01] /.test(head) || body === undefined) throw new Error(`unexpected answer: ${text}`);
  return end + 4 + Number(body);
}
