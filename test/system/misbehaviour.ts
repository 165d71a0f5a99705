import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a process does that is not as it should be, on SIGUSR2 or as soon as it starts. */
export type Misdeed = 'turns in circles' | 'grows without bound' | 'falls at its start';

const deeds: Record<Misdeed, string> = {
  'turns in circles': `process.on('SIGUSR2', () => { for (;;); });`,
  'grows without bound': `process.on('SIGUSR2', () => { for (const all = []; ; ) all.push(new Array(10_000).fill(1.5)); });`,
  'falls at its start': `if (!existsSync(mended)) throw new Error('no use: card 12:3456, PIN 48151623, token pstn_dGhpcyBpcyBub3QgYSBrZXkxMjM');`,
};

/**
 * The environment in which the entry of that name (`admin-main.js`, `main.js`) misbehaves, until there is a file `mended` in the
 * directory; nothing of the daemon itself knows of it.
 */
export function misbehaving(directory: string, entry: string, deed: Misdeed): NodeJS.ProcessEnv {
  const preload = join(directory, 'misbehaviour.mjs');
  writeFileSync(
    preload,
    `import { existsSync } from 'node:fs';
const mended = ${JSON.stringify(join(directory, 'mended'))};
if (process.argv[1]?.endsWith(${JSON.stringify(`/${entry}`)})) { ${deeds[deed]} }
`,
  );
  return { NODE_OPTIONS: `--import ${preload}` };
}
