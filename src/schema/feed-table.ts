import { z } from 'zod';
import { byteSize } from './byte-size.ts';
import { whole } from './leaf.ts';

/** `[feed]`, `[storage]` and `[webhooks]` of the site file. */

export const feedTable = z.strictObject(
  { keep_days: whole(1, 3650).default(90), max_entries: whole(10_000, 10_000_000).default(200_000) },
  { error: 'a table' },
);

export const storageTable = z.strictObject(
  { warn_below: byteSize('1 MiB', '999999 GiB').prefault('512 MiB') },
  { error: 'a table' },
);

const name = /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const numeric = /^[0-9.]+$/;
const target = 'a host name, "*.domain", "*", an address or a range such as "192.168.1.0/24"';
const address = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** Where webhooks may go: names (which may begin with `*.`), `*`, addresses, ranges of addresses. */
const webhookTarget = z
  .string({ error: target })
  .refine(
    (text) => text === '*' || address.safeParse(text).success || (name.test(text) && !numeric.test(text)),
    { error: target },
  );

export const webhooksTable = z.strictObject(
  {
    allow: z
      .array(webhookTarget, { error: 'a list of hosts' })
      .max(100, { error: 'at most 100 hosts' })
      .default([]),
  },
  { error: 'a table' },
);
