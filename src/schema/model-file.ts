import { z } from 'zod';
import type { CodeLockModel } from '../core/code-lock-model.ts';
import type { LockModel, PanelModel } from '../core/site.ts';
import { codeLockMap, registersFor } from './code-lock-map.ts';
import { holderTraits } from './holder-traits.ts';
import { choice, line, whole } from './leaf.ts';
import { siteName } from './site-file.ts';

const address = () => whole(0, 65_535);
const shared = { name: siteName, title: line('a title for people') };

/** The register map of a relay board. Its members are those of `LockModel`. */
const relayBoard = z.strictObject({
  kind: z.literal('relay_board'),
  ...shared,
  relays: whole(1, 256),
  inputs: whole(0, 256),
  first_coil: address(),
  first_input: address(),
  timed: z
    .strictObject({ first_register: address(), unit_ms: whole(1, 60_000), max: whole(1, 65_535) })
    .optional(),
  reply_timeout_ms: whole(10, 10_000),
});

/** A lock with a code table of its own. Its members are those of `CodeLockModel`. */
const codeTable = z
  .strictObject({
    kind: z.literal('code_table'),
    ...shared,
    reply_timeout_ms: whole(10, 10_000),
    traits: holderTraits,
    map: codeLockMap,
  })
  .superRefine(({ traits, map }, context) => {
    const wrong = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (map.slot === null && traits.reads !== 'nothing')
      wrong(['traits', 'reads'], '"nothing", as the map has no [map.slot]');
    if (map.slot !== null && traits.reads === 'nothing')
      wrong(['traits', 'reads'], '"digits" or "masked", as the map has [map.slot]');
    const longest = Math.max(...traits.code_lengths);
    const least = registersFor(map.digits.packing, longest);
    if (map.digits.registers < least)
      wrong(['map', 'digits', 'registers'], `at least ${least}, for a code of ${longest} digits`);
  });

/** A panel that is spoken to in its own protocol. Its members are those of `PanelModel`. */
const panel = z.strictObject({
  kind: z.literal('panel'),
  ...shared,
  protocol: choice(['nx_584', 'elk_m1']),
  programs_while_armed_from: line('a firmware version, such as "4.3.9"', 32).optional(),
  traits: holderTraits,
});

/** A file of `config/models`. */
export const modelFile = z.discriminatedUnion('kind', [relayBoard, codeTable, panel], {
  error: (issue) => (issue.code === 'invalid_union' ? '"relay_board", "code_table" or "panel"' : 'a table'),
});

/** A model of one of the three kinds, as the rest of the program knows it. */
export type Model =
  | { kind: 'relay_board'; model: LockModel }
  | { kind: 'code_table'; model: CodeLockModel }
  | { kind: 'panel'; model: PanelModel };

export function modelOf(file: z.output<typeof modelFile>): Model {
  switch (file.kind) {
    case 'relay_board': {
      const { kind, timed, ...model } = file;
      return { kind, model: { ...model, timed: timed ?? null } };
    }
    case 'code_table': {
      const { kind, ...model } = file;
      return { kind, model };
    }
    case 'panel': {
      const { kind, protocol, programs_while_armed_from: from, ...model } = file;
      return { kind, model: { ...model, kind: protocol, programs_while_armed_from: from ?? null } };
    }
  }
}
