import { readFile } from 'node:fs/promises';

/** The version of this package, such as `0.1.0`, as package.json has it. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
