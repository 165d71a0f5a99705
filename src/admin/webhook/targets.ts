import { BlockList, isIP, isIPv4 } from 'node:net';

/** Which hosts webhooks may go to, as the site file says. */
export interface Targets {
  /** What is wrong with a URL before anything is looked up; null: nothing yet. */
  fault(url: URL): string | null;
  /** Whether `host` may be reached at this address, one of those it was resolved to. */
  allows(host: string, address: string): boolean;
}

/** Addresses that are no other machine, or only one on the same wire: allowed only where they are written as addresses. */
const own = rangesOf(['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '::/128', '::1/128', 'fe80::/10']);
/** Addresses that are no machine at all: multicast, broadcast, reserved. */
const never = rangesOf(['224.0.0.0/3', 'ff00::/8']);

/**
 * The rules of `[webhooks] allow`. A name (`*.` before it: all names under it; `*`: any) allows what it resolves to, but for loopback
 * and link-local addresses; an address or range allows itself, by whatever name.
 */
export function webhookTargets(allow: readonly string[]): Targets {
  const names = allow.filter((entry) => isIP(entry.split('/')[0] ?? '') === 0);
  const written = rangesOf(allow.filter((entry) => !names.includes(entry)));
  const named = (host: string): boolean =>
    names.some(
      (name) => name === '*' || name === host || (name.startsWith('*.') && host.endsWith(name.slice(1))),
    );
  const ranges = names.length < allow.length;

  const allows = (host: string, address: string): boolean => {
    const plain = unmapped(address);
    if (isIP(plain) === 0 || inside(never, plain)) return false;
    return inside(written, plain) || (named(host) && !inside(own, plain));
  };
  return {
    allows,
    fault(url) {
      if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must be an http or https URL';
      if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
      const host = hostOf(url);
      const possible = isIP(host) === 0 ? named(host) || ranges : allows(host, host);
      return possible
        ? null
        : `must lead to a host that the site file allows: write ${JSON.stringify(host)} into [webhooks] allow`;
    },
  };
}

/** The host of a URL: an address without brackets, or a name in small letters without a dot at its end. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** An IPv4 address that is written as an IPv6 one (RFC 4291, 2.5.5; RFC 6052, 2.1) is what it stands for. */
function unmapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const zoneless = address.replace(/%.*$/, '');
  const { hostname } = new URL(`http://[${zoneless}]`);
  const [, high, low] = /^\[(?:::ffff:|64:ff9b::|::)([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname) ?? [];
  if (high === undefined || low === undefined) return zoneless;
  const bytes = [high, low].flatMap((word) => {
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 0xff];
  });
  return bytes.join('.');
}

function rangesOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
  }
  return list;
}

const inside = (list: BlockList, address: string): boolean =>
  list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
