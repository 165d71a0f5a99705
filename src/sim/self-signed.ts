import { createHash, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';

/** A private key and the certificate that it signed itself, both PEM. */
export interface SelfSigned {
  key: string;
  cert: string;
  /** SHA-256 of the certificate, as installers write it: pairs of hex digits with colons. */
  fingerprint: string;
}

/**
 * A new certificate such as the network interface of a panel makes for itself, with a new RSA key (RFC 5280; X.690 for the bytes). Node
 * reads certificates and makes none. `host`: the address it is made out to. `now`: wall milliseconds, in the middle of its ten years.
 */
export function selfSigned(host: string, now: number): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = sequence(objectId(sha256WithRsa), Buffer.of(0x05, 0x00));
  const name = sequence(der(0x31, sequence(objectId(commonName), der(0x0c, Buffer.from(host)))));
  // Behind a byte that keeps it positive and as short as it may be (X.690, 8.3.2).
  const serial = Buffer.concat([Buffer.of(1), createHash('sha256').update(spki).digest().subarray(0, 8)]);
  const alternative = der(0x04, sequence(subjectOf(host)));
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(serial),
    algorithm,
    name,
    sequence(time(now - fiveYearsMs), time(now + fiveYearsMs)),
    name,
    spki,
    der(0xa3, sequence(sequence(objectId(subjectAltName), alternative))),
  );
  const signature = sign('sha256', body, privateKey);
  const whole = sequence(body, algorithm, der(0x03, Buffer.of(0), signature));
  const base64 = whole.toString('base64').replace(/.{1,64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n`,
    fingerprint: new X509Certificate(whole).fingerprint256,
  };
}

const fiveYearsMs = 5 * 365 * 86_400_000;

/** Object identifiers, encoded. */
const sha256WithRsa = '2a864886f70d01010b';
const commonName = '550403';
const subjectAltName = '551d11';

/** A value with its tag and length (X.690, 8.1). */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const integer = (value: Uint8Array): Buffer => der(0x02, value);
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));

/** UTCTime, as it is to be before 2050 (RFC 5280, 4.1.2.5.1). */
const time = (ms: number): Buffer =>
  der(
    0x17,
    Buffer.from(
      new Date(ms)
        .toISOString()
        .slice(2)
        .replace(/[-:T]|\.\d+/g, ''),
    ),
  );

/** iPAddress or dNSName (RFC 5280, 4.2.1.6). */
function subjectOf(host: string): Buffer {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  return v4 === null ? der(0x82, Buffer.from(host)) : der(0x87, Buffer.from(v4.slice(1).map(Number)));
}
