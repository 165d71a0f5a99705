import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { BenchLine } from './bench-line.ts';

const connections = 16;
const roundMs = 1_500;
const rounds = 5;

/** S13: requests a second of `GET /v1/users/{id}`, authorised, against bare node:http with the same answer in the same run. */
export async function run(): Promise<BenchLine[]> {
  const server = fork(new URL(`./api-server${import.meta.url.slice(-3)}`, import.meta.url));
  try {
    const [ports] = (await once(server, 'message')) as [{ api: number; bare: number; path: string }];
    await load(ports.api, ports.path);
    await load(ports.bare, ports.path);
    const ratios: number[] = [];
    const rates: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const bare = await load(ports.bare, ports.path);
      const api = await load(ports.api, ports.path);
      ratios.push(api / bare);
      rates.push(api);
    }
    const ratio = median(ratios);
    return [
      {
        goal: 'S13',
        what: 'GET /v1/users/{id}, requests per second, ratio to bare node:http',
        target: '>= 0.4',
        measured: `${ratio.toFixed(2)} (${Math.round(median(rates))}/s)`,
        met: ratio >= 0.4,
      },
    ];
  } finally {
    server.disconnect();
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Answers a second over kept connections, one request in flight on each. Every answer has the length of the first. */
async function load(port: number, path: string): Promise<number> {
  const request = `GET ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer pstn_bench\r\n\r\n`;
  let answers = 0;
  const drive = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    let length = 0;
    let got = 0;
    socket.on('data', (bytes) => {
      if (length === 0) length = answerLength(bytes);
      got += bytes.length;
      if (got < length) return;
      got -= length;
      answers += 1;
      socket.write(request);
    });
    await once(socket, 'connect');
    socket.write(request);
    return socket;
  };
  const sockets = await Promise.all(Array.from({ length: connections }, drive));
  const begun = performance.now();
  await new Promise((resolve) => setTimeout(resolve, roundMs));
  const rate = (answers * 1000) / (performance.now() - begun);
  for (const socket of sockets) socket.destroy();
  return rate;
}

function answerLength(bytes: Buffer): number {
  const text = bytes.toString('latin1');
  const body = /content-length: (\d+)/i.exec(text)?.[1];
  if (!text.startsWith('HTTP/1.1 200') || body === undefined) throw new Error(`unexpected answer: ${text}`);
  return text.indexOf('\r\n\r\n') + 4 + Number(body);
}
