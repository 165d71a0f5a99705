/** The files a site is read from; `node:fs/promises` is one. */
export interface SiteFiles {
  readFile(path: string, encoding: 'utf8'): Promise<string>;
  readdir(path: string): Promise<string[]>;
}
