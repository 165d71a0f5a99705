import { z } from 'zod';

const openedBy = z.string().nullable().describe('who opened the window; null: it was before a restart');

/** `data` of the events of readers as devices, by type. */
export const readerEventData = {
  'reader.online': z.object({ secure: z.boolean() }),
  'reader.offline': z.object({ reason: z.string() }),
  'reader.tamper': z.object({ active: z.boolean() }),
  'reader.security': z.object({
    what: z
      .enum([
        'mac_failure',
        'plain_answer',
        'wrong_key',
        'handshake_refused',
        'unexpected_handshake',
        'install_mode',
        'identity_changed',
        'sent_in_clear',
        'held_busy',
      ])
      .describe('told at once, and while it lasts once in ten minutes'),
  }),
  'reader.pairing_opened': z.object({ minutes: z.int(), operator: z.string() }),
  'reader.paired': z.object({ operator: openedBy }),
  'reader.pairing_failed': z.object({ reason: z.string(), operator: openedBy }),
  'reader.identity_accepted': z.object({ identity: z.string().nullable(), operator: z.string() }),
  'reader.power': z.object({ fault: z.boolean() }),
  'reader.unexpected': z.object({
    detail: z.string().describe('told at once, and while it lasts once in ten minutes'),
    raw: z.string(),
  }),
  'reader.input_fault': z
    .object({ input: z.int(), active: z.boolean() })
    .describe('a supervised input that serves a door is cut, shorted or not known'),
  'reader.output_fault': z
    .object({
      output: z.string().describe('by its name in the site file'),
      active: z.boolean(),
      detail: z.string().nullable().describe('null: it does what it is told again'),
    })
    .describe('a sounder or lamp at the reader does not do what it is told'),
  'reader.output_ordered': z.object({
    output: z.string(),
    on: z.boolean().describe('false: also silenced, until what it follows has ended'),
    for_ms: z.int().nullable().describe('null: it was switched off'),
    operator: z.string(),
  }),
} as const;
