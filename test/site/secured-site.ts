import type { FarEnd } from '../support/memory-line.ts';
import { type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** A site whose front reader has a secure channel, and somebody on its wire. */
export interface SecuredSite {
  readonly at: SiteUnderTest;
  readonly wire: FarEnd;
  /** What readers have put on the wire so far. */
  readonly spoken: Uint8Array[];
  /** While true, nothing that readers say arrives. */
  cut(on: boolean): void;
  /** How often the front door was released. */
  released(): number;
  happened(...types: string[]): Promise<Record<string, unknown>[]>;
  present(): void;
  security(reader?: string): string | undefined;
}

export const adasPin = '27182818';

/** @param secured names of the readers that are paired */
export async function securedSite(secured: readonly string[] = ['front']): Promise<SecuredSite> {
  const at = await siteUnderTest({
    adapt: (text) =>
      secured.reduce(
        (toml, name) =>
          toml.replace(new RegExp(`(\\[readers\\.${name}\\]\\n(?:[^\\n[]+\\n)*?)secure = false\\n`), '$1'),
        text,
      ),
  });
  await at.person('Lovelace', [
    { kind: 'card', value: '12:3456' },
    { kind: 'pin', value: adasPin },
  ]);
  const wire = at.lines.get('readers');
  if (wire === undefined) throw new Error('the site has no readers');
  const spoken: Uint8Array[] = [];
  let isCut = false;
  const send = wire.send;
  wire.send = (bytes, delayMs) => {
    spoken.push(bytes.slice());
    if (!isCut) send(bytes, delayMs);
  };
  return {
    at,
    wire: { ...wire, send },
    spoken,
    cut(on) {
      isCut = on;
    },
    released: () =>
      at.locks.filter(
        (deed) => deed.event === 'lock_moved' && deed.state === 'released' && deed.lock === 'front',
      ).length,
    happened: async (...types) =>
      (await at.feed())
        .filter(({ type }) => types.includes(type))
        .map(({ type, data }) => ({ type, ...data })),
    present: () => at.devices.reader('front').present({ facility: 12, number: 3456 }),
    security(name = 'front') {
      const id = at.site.readers.find((one) => one.name === name)?.id;
      return at.composed.door.doors.status().readers.find((one) => one.id === id)?.security;
    },
  };
}
