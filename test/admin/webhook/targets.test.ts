import { describe, expect, test } from 'vitest';
import { hostOf, webhookTargets } from '../../../src/admin/webhook/targets.ts';

const lan = webhookTargets(['hooks.example.com', '*.portal.example', '192.168.1.0/24', '2001:db8::7']);
const anywhere = webhookTargets(['*']);

describe('URLs', () => {
  test.each([
    'https://hooks.example.com/in?x=1',
    'http://hooks.example.com.:8080/',
    'https://a.b.portal.example/',
    'http://192.168.1.20/',
    'http://0xc0a80114/',
    'http://[2001:db8:0:0::7]/',
    // Where ranges are written, a name may lead into one: only looking it up tells.
    'http://any.name.at.all/',
  ])('%s may be tried', (url) => {
    expect(lan.fault(new URL(url))).toBeNull();
  });

  test.each([
    'ftp://hooks.example.com/',
    'https://user@hooks.example.com/',
    'http://192.168.2.20/',
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://[fe80::1]/',
    'http://0.0.0.0/',
    'http://[::]/',
  ])('%s is refused, and what would be right is said', (url) => {
    expect(lan.fault(new URL(url))).toMatch(/^must /);
    if (!url.includes('192.168') && !url.startsWith('ftp') && !url.includes('user')) {
      expect(anywhere.fault(new URL(url))).toMatch(/\[webhooks\] allow/);
    }
  });

  test('nothing is allowed where nothing is written', () => {
    const none = webhookTargets([]);
    expect(none.fault(new URL('https://hooks.example.com'))).toMatch(/"hooks.example.com"/);
    expect(none.allows('hooks.example.com', '93.184.216.34')).toBe(false);
  });
});

describe('addresses a name leads to', () => {
  const rows: [allow: string[], host: string, address: string, allowed: boolean][] = [
    [['hooks.example.com'], 'hooks.example.com', '10.0.0.7', true],
    [['hooks.example.com'], 'evil.example.com', '10.0.0.7', false],
    [['*.example.com'], 'example.com', '10.0.0.7', false],
    [['*.example.com'], 'notexample.com', '10.0.0.7', false],
    [['hooks.example.com'], 'hooks.example.com', '127.0.0.1', false],
    [['*'], 'hooks.example.com', '127.9.9.9', false],
    [['*'], 'hooks.example.com', '::1', false],
    [['*'], 'hooks.example.com', '::ffff:127.0.0.1', false],
    [['*'], 'hooks.example.com', '64:ff9b::7f00:1', false],
    [['*'], 'hooks.example.com', '::127.0.0.1', false],
    [['*'], 'hooks.example.com', '169.254.169.254', false],
    [['*'], 'hooks.example.com', 'fe80::1%eth0', false],
    [['*'], 'hooks.example.com', '224.0.0.251', false],
    [['*'], 'hooks.example.com', '255.255.255.255', false],
    [['*'], 'hooks.example.com', 'ff02::1', false],
    [['*'], 'hooks.example.com', 'nonsense', false],
    [['*'], 'hooks.example.com', '2001:db8::1', true],
    [['127.0.0.1'], 'localhost', '127.0.0.1', true],
    [['127.0.0.1'], 'localhost', '::1', false],
    [['::1'], 'localhost', '::1', true],
    [['127.0.0.0/8'], 'x', '::ffff:127.0.0.1', true],
    [['fe80::/10'], 'x', 'fe80::1', true],
    [['224.0.0.0/4'], 'x', '224.0.0.1', false],
    [['10.0.0.0/8'], 'any', '10.200.0.1', true],
    [['10.0.0.0/8'], 'any', '11.0.0.1', false],
  ];
  test.each(rows)('%j: %s at %s: %s', (allow, host, address, allowed) => {
    expect(webhookTargets(allow).allows(host, address)).toBe(allowed);
  });
});

test('a host is taken without its brackets and without a dot at its end', () => {
  expect(hostOf(new URL('http://[2001:DB8::1]:80/'))).toBe('2001:db8::1');
  expect(hostOf(new URL('http://HOOKS.example.com./'))).toBe('hooks.example.com');
});
