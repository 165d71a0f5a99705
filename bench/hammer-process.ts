import { setPriority } from 'node:os';
import { hammer, httpRequest } from './hammer.ts';

/**
 * 32 connections that ask an API for one user, from a process of their own: `hammer-process.ts PORT PATH`, the token in the environment.
 * It is niced, as it stands for other machines, which take no time of ours.
 */
setPriority(10);
const [port = '', path = ''] = process.argv.slice(2);
const request = httpRequest('GET', path, process.env['BENCH_TOKEN'] ?? '');
const { stop } = await hammer(Number(port), 32, () => request);
process.send?.('at work');
process.on('message', () => process.send?.(stop()));
process.on('disconnect', () => process.exit(0));
