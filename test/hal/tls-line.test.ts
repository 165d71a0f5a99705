import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { TlsPort } from '../../src/core/site.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { tlsLine } from '../../src/hal/tls-line.ts';
import { selfSigned } from '../../src/sim/self-signed.ts';
import { type LineRig, lineContract, untilReally } from '../contract/line.ts';

const own = selfSigned('127.0.0.1', Date.UTC(2026, 2, 2));
const stranger = selfSigned('127.0.0.1', Date.UTC(2026, 2, 2));
const directory = mkdtempSync(join(tmpdir(), 'postern-tls-'));
afterAll(() => rmSync(directory, { recursive: true }));

const pinned = { by: 'fingerprint', sha256: own.fingerprint.replaceAll(':', '') } as const;
const rigs: LineRig[] = [];
afterEach(async () => {
  for (const { line, dispose } of rigs.splice(0)) {
    await line.close();
    await dispose();
  }
});

/** A secure port on a free port of this machine; `serves` is what it offers. */
async function securePort(how: Partial<TlsPort> = {}, serves: TlsOptions = {}): Promise<LineRig> {
  const received: number[] = [];
  const sockets = new Set<TLSSocket>();
  let lost = false;
  const server = createServer({ ...own, ...serves }, (socket) => {
    if (lost) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('data', (bytes) => received.push(...bytes));
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const at = { kind: 'tls', name: 'panel', host: '127.0.0.1', port, baud: 115_200 } as const;
  return {
    line: tlsLine({ ...at, version: '1.2', trust: pinned, ...how }, systemClock(), () => 0),
    far: {
      send: (bytes) => {
        for (const socket of sockets) socket.write(bytes);
      },
      received: () => Uint8Array.from(received),
      lose() {
        lost = true;
        for (const socket of sockets) socket.destroy();
      },
      restore() {
        lost = false;
      },
    },
    until: untilReally,
    dispose: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

lineContract('tls', securePort);

/** What the owner is told first: `up`, or why not. A line that is not up is written to all the same. */
async function firstWord(how: Partial<TlsPort>, serves: TlsOptions = {}) {
  const rig = await securePort(how, serves);
  rigs.push(rig);
  const words: string[] = [];
  rig.line.open({ up: () => words.push('up'), data() {}, down: (reason) => words.push(reason) });
  await rig.until(() => {
    if (words[0] !== 'up') rig.line.write(Uint8Array.of(0x41));
    return words.length > 0;
  }, 'the line is up or down');
  return { word: words[0], received: rig.far.received };
}

describe('whom it believes', () => {
  test('a certificate with another fingerprint is refused before a byte leaves; the fingerprint seen is said', async () => {
    const { word, received } = await firstWord({}, stranger);
    expect(word).toContain(`SHA-256 fingerprint ${stranger.fingerprint}`);
    expect(word).toMatch(/set certificate to it/);
    expect(word).not.toContain(own.fingerprint);
    expect(received()).toHaveLength(0);
  });

  test('a certificate that the authority in ca_file vouches for is taken, another is refused', async () => {
    const file = join(directory, 'ca.pem');
    writeFileSync(file, own.cert);
    const trust = { by: 'authority', file } as const;
    expect((await firstWord({ trust })).word).toBe('up');
    const { word, received } = await firstWord({ trust }, stranger);
    expect(word).toMatch(/does not vouch for .*set ca_file of port panel/);
    expect(word).toContain(stranger.fingerprint);
    expect(received()).toHaveLength(0);
  });

  test('a certificate that is made out to another address is refused, whoever vouches for it', async () => {
    const elsewhere = selfSigned('192.0.2.9', Date.UTC(2026, 2, 2));
    const file = join(directory, 'elsewhere.pem');
    writeFileSync(file, elsewhere.cert);
    const { word } = await firstWord({ trust: { by: 'authority', file } }, elsewhere);
    expect(word).toMatch(/does not vouch for .*ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  test.each([
    ['missing.pem', null],
    ['empty.pem', ''],
    ['text.pem', 'no certificate'],
  ])('an authority that cannot be read (%s) vouches for nobody, and is named', async (name, text) => {
    const file = join(directory, name);
    if (text !== null) writeFileSync(file, text);
    const { word, received } = await firstWord({ trust: { by: 'authority', file } });
    expect(word).toContain(`${file} holds no certificate that can be read`);
    expect(received()).toHaveLength(0);
  });

  test('where nothing is wanted proved, any certificate will do', async () => {
    expect((await firstWord({ trust: { by: 'nothing' } }, stranger)).word).toBe('up');
  });
});

describe('which TLS it speaks', () => {
  const versions = { '1.0': 'TLSv1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;
  const only = (version: keyof typeof versions): TlsOptions => ({
    minVersion: versions[version],
    maxVersion: versions[version],
    // What gwww/elkm1 asks of an M1XEP.
    ...(version === '1.3' ? {} : { ciphers: 'AES+SHA:@SECLEVEL=0' }),
  });

  test.each(['1.0', '1.2', '1.3'] as const)('%s, as the panel does', async (version) => {
    expect((await firstWord({ version }, only(version))).word).toBe('up');
  });

  test.each([
    ['1.2', '1.0'],
    ['1.3', '1.2'],
    ['1.0', '1.2'],
  ] as const)(
    '%s is not given up for a panel that has %s only: the message says what to set',
    async (version, has) => {
      const { word } = await firstWord({ version }, only(has));
      expect(word).toMatch(new RegExp(`does not agree on TLS ${version}: set version of port panel`));
    },
  );
});

test('a port that nobody listens on is named, with what to look at', async () => {
  const rig = await securePort();
  await rig.dispose();
  const reasons: string[] = [];
  rig.line.open({ up() {}, data() {}, down: (reason) => reasons.push(reason) });
  await rig.until(() => reasons.length > 0, 'the refusal is told');
  expect(reasons[0]).toMatch(/^127\.0\.0\.1:\d+ refuses the connection: .*secure port/);
  await rig.line.close();
});
