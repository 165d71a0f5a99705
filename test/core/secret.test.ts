import { inspect } from 'node:util';
import pino from 'pino';
import { expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';

test('a secret shows itself in no rendering', () => {
  const pin = '0493817265';
  const secret = new Secret(pin);
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  log.info({ secret, nested: [{ secret }] }, `pin ${secret}`);
  const renderings = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    `${[secret]}`,
    ...lines,
  ];
  for (const text of renderings) {
    expect(text).not.toContain(pin);
    expect(text).toContain('***');
  }
  expect(secret.reveal()).toBe(pin);
});

test('structured clone empties a secret, so that only revealed bytes cross the Link', () => {
  expect(JSON.stringify(structuredClone({ secret: new Secret('123456') }))).not.toContain('123456');
});
