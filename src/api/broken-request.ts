import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { AppError } from '../core/error.ts';
import { problemOf } from './problem.ts';

/** Answers what is not HTTP, or too slow, or too long to be read, on the bare socket, and closes it. */
export function answerBrokenRequests(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const detail =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 'the request did not arrive in time'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? 'the headers are longer than 16 KiB'
        : 'this is not an HTTP request that can be read';
  const body = JSON.stringify(problemOf(new AppError('invalid_input', detail), randomUUID()));
  const head = [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
