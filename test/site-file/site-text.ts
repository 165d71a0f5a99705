import fs from 'node:fs/promises';
import type { LockModel } from '../../src/core/site.ts';
import { loadModels, type Models, modelDirectories } from '../../src/site-file/models.ts';

const board = { first_coil: 0, first_input: 0, timed: null, reply_timeout_ms: 200 };
const shipped = await loadModels(fs, modelDirectories.slice(0, 1));

/** Two boards: one plain, one with a timed output of at most 25.5 s. */
const relayBoards: ReadonlyMap<string, LockModel> = new Map(
  [
    { ...board, name: 'relay-4', title: 'Four relays', relays: 4, inputs: 4 },
    {
      ...board,
      name: 'relay-2-timed',
      title: 'Two timed relays',
      relays: 2,
      inputs: 0,
      timed: { first_register: 0, unit_ms: 100, max: 255 },
    },
  ].map((model) => [model.name, model]),
);

/** These boards, and the code locks and panels that we ship. */
export const models: Models = { ...shipped.models, relay_boards: relayBoards };

/** A site without mistakes. */
export const siteText = `[site]
id = "6f0d2f0e-5a3b-4c1e-9c59-2a8a9e1f0d01"
name = "Test"
time_zone = "Europe/Berlin"
state_dir = "state"
key_file = "key/site.key"

[pin]
min_length = 4
max_length = 8

[api]
listen = "127.0.0.1:8750"
socket = "admin.sock"

[ports.a]
kind = "serial"
path = "/dev/ttyA"

[ports.b]
kind = "tcp"
host = "gateway"
port = 4001

[readers.front]
protocol = "osdp"
port = "a"
address = 0
secure = true

[readers.back]
protocol = "osdp"
port = "a"
address = 1
secure = true

[locks.front]
port = "b"
unit = 1
model = "relay-4"
relay = 0
contact = { input = 0 }
exit_button = { input = 1 }

[locks.back]
port = "b"
unit = 1
model = "relay-4"
relay = 1

[doors.front]
title = "Front door"
lock = "front"
readers = ["front"]
strike = "5s"

[doors.back]
lock = "back"
readers = ["back"]
restricted_by = "house"

[panel]
model = "dry_contact"
port = "b"
unit = 2

[panel.partitions.house]
disarmed_input = 0
armed_input = 1
`;

/**
 * The site text with one passage replaced. A \`▸\` in the replacement marks the place where a mistake is expected; it is taken out
 * and its line and column (from 1) are returned.
 */
export function edited(from: string, to: string, text = siteText) {
  if (!text.includes(from)) throw new Error(`not in the text: ${from}`);
  const marked = text.replace(from, () => to);
  const before = marked.slice(0, marked.indexOf('▸')).split('\n');
  return {
    text: marked.replace('▸', ''),
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
  };
}
