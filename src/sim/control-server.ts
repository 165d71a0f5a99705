import { createServer, type Socket } from 'node:net';

/** What a control connection may be told: an answer, or what happened. One JSON object a line. */
export type ControlLine = Record<string, unknown>;

export interface ControlServer {
  readonly port: number;
  /** Tells every connection that watches. */
  tell(line: ControlLine): void;
  close(): Promise<void>;
}

/** A request longer than this is none. */
const longestRequest = 10_000;

/**
 * JSON lines over TCP: each request is answered by one line, in order. After `{"do": "watch"}` a connection is also told all that happens;
 * answers are those with a member `ok`.
 */
export async function controlServer(
  address: { host: string; port: number },
  answer: (request: unknown) => ControlLine,
): Promise<ControlServer> {
  const connections = new Set<Socket>();
  const watching = new Set<Socket>();
  const write = (socket: Socket, line: ControlLine) => socket.write(`${JSON.stringify(line)}\n`);

  const obey = (socket: Socket, text: string): void => {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      write(socket, { ok: false, error: 'a request is one JSON object on one line' });
      return;
    }
    if (request !== null && typeof request === 'object' && 'do' in request && request.do === 'watch') {
      watching.add(socket);
      write(socket, { ok: true });
      return;
    }
    write(socket, answer(request));
  };

  const server = createServer({ noDelay: true }, (socket) => {
    connections.add(socket);
    let held = '';
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('close', () => {
      connections.delete(socket);
      watching.delete(socket);
    });
    socket.on('data', (text: string) => {
      const lines = (held + text).split('\n');
      held = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') obey(socket, line);
      if (held.length > longestRequest) socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    tell(line) {
      for (const socket of watching) write(socket, line);
    },
    close() {
      for (const socket of connections) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
