import { AppError } from '../core/error.ts';
import { Secret } from '../core/secret.ts';
import { apiKeyFields } from '../schema/record.ts';
import { checked } from './input.ts';
import type { KeysService } from './ports.ts';
import { changeOf, showApiKey } from './record-change.ts';
import { newStamp, type RecordWriter } from './record-writer.ts';
import { checkRevision } from './resource.ts';
import type { Directory, Vault } from './storage.ts';

/** Tokens are told by their prefix from other secrets, by people and by scanners of leaked ones. */
const tokenPrefix = 'pstn_';
const tokenBytes = 32;

/** API keys. A token is shown once, when it is made, and kept as its hash. */
export function keysService(parts: {
  directory: Directory;
  vault: Vault;
  writer: RecordWriter;
  random(bytes: number): Uint8Array;
}): KeysService {
  const { directory, vault, writer, random } = parts;
  return {
    list: () => [...directory.api_keys.values()].map(showApiKey),
    async create(fields, options) {
      const { name, scopes } = checked(apiKeyFields, fields);
      const lacking = scopes.find((scope) => !options.caller.scopes.has(scope));
      if (lacking !== undefined) {
        throw new AppError(
          'forbidden',
          `a key can only be given scopes its maker has, which ${lacking} is not`,
          {
            members: { required_scope: lacking },
          },
        );
      }
      const token = tokenPrefix + Buffer.from(random(tokenBytes)).toString('base64url');
      const hash = vault.tokenHash(token);
      const key = { ...newStamp(writer), name, scopes: [...new Set(scopes)], hash };
      const made = { object: showApiKey(key), token: new Secret(token) };
      await writer.write([changeOf('api_key', key.id, null, key)], false, options, () => made);
      return made;
    },
    async remove(id, options) {
      const before = directory.api_keys.get(id);
      if (before === undefined) throw new AppError('not_found', 'there is no key with this id');
      checkRevision(before.revision, options.if_match);
      await writer.write([changeOf('api_key', id, before, null)], false, options);
    },
    authenticate(token) {
      if (!token.startsWith(tokenPrefix)) return null;
      const hash = vault.tokenHash(token);
      // A site has a handful of keys. Comparing hashes under a secret key tells nothing by its timing.
      for (const key of directory.api_keys.values()) {
        if (key.hash === hash) return { id: key.id, name: key.name, scopes: new Set(key.scopes) };
      }
      return null;
    },
  };
}
