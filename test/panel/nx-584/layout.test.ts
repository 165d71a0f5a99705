import { describe, expect, it } from 'vitest';
import { encodeFrame, parseFrame } from '../../../src/panel/nx-584/frame.ts';
import {
  decodePanelMessage,
  decodeRequest,
  encodePanelMessage,
  encodeRequest,
  type PanelMessage,
  type Request,
} from '../../../src/panel/nx-584/layout.ts';
import { fromHex, vector, vectors } from './vectors.ts';

const bytes = (hex: string) => fromHex(hex.replaceAll(' ', ''));
const frameOf = (hex: string) => {
  const parsed = parseFrame(vector(hex).ascii, 'ascii');
  if (parsed.type !== 'frame') throw new Error(parsed.type);
  return parsed.frame;
};
const hexOf = (content: { number: number; data: Uint8Array }, ack: boolean) =>
  Buffer.from(encodeFrame({ ...content, ack }, 'ascii'))
    .toString('latin1')
    .slice(1, -1);

describe('messages from the panel', () => {
  const rows: readonly (readonly [string, PanelMessage])[] = [
    [
      '098600200000400104827784',
      {
        type: 'partition_status',
        value: { partition: 0, flags: bytes('20 00 00 40'), last_user: 1, ready: 4, more: 0x82 },
      },
    ],
    [
      '09860040000000010000D0D9',
      {
        type: 'partition_status',
        value: { partition: 0, flags: bytes('40 00 00 00'), last_user: 1, ready: 0, more: 0 },
      },
    ],
    [
      '098703050000000000009859',
      { type: 'partitions_snapshot', value: { partitions: bytes('03 05 00 00 00 00 00 00') } },
    ],
    [
      '0C880400000000000000000028C057',
      {
        type: 'system_status',
        value: {
          panel_id: 4,
          flags: bytes('00 00 00 00 00 00 00 00'),
          valid_partitions: 0,
          communicator: 0x28,
        },
      },
    ],
    [
      '0A8A2BB4A804000C1912015957',
      {
        type: 'log_event',
        value: {
          entry: 0x2b,
          log_size: 180,
          kind: 0xa8,
          subject: 4,
          partition: 0,
          month: 12,
          day: 25,
          hour: 18,
          minute: 1,
        },
      },
    ],
    [
      '0712053412007001D504',
      { type: 'user_information', value: { user: 5, code: '432100', authority: 0x70, partitions: 1 } },
    ],
    [
      '071205FFFFFF00001ED4',
      { type: 'user_information', value: { user: 5, code: 'FFFFFF', authority: 0, partitions: 0 } },
    ],
    ['011C1D1E', { type: 'failed', value: {} }],
    ['011D1E1F', { type: 'acknowledged', value: {} }],
    ['011E1F20', { type: 'malformed', value: {} }],
    ['011F2021', { type: 'rejected', value: {} }],
  ];

  it.each(rows)('%s', (hex, message) => {
    expect(decodePanelMessage(frameOf(hex))).toEqual(message);
    expect(hexOf(encodePanelMessage(message), frameOf(hex).ack)).toBe(hex);
  });

  it('refuses a length that is not the declared one', () => {
    expect(decodePanelMessage({ number: 0x06, data: bytes('00 40') })).toBeNull();
    expect(decodePanelMessage({ number: 0x3f, data: bytes('') })).toBeNull();
  });
});

describe('requests to the panel', () => {
  const master = '123400';
  const rows: readonly (readonly [string, Request])[] = [
    ['01212223', { type: 'interface_configuration_request', value: {} }],
    ['022300254C', { type: 'zone_name_request', value: { zone: 0 } }],
    ['0226002852', { type: 'partition_status_request', value: { partition: 0 } }],
    ['01272829', { type: 'partitions_snapshot_request', value: {} }],
    ['0128292A', { type: 'system_status_request', value: {} }],
    ['053221430005A06C', { type: 'user_request_with_code', value: { master, user: 5 } }],
    ['0233053A71', { type: 'user_request', value: { user: 5 } }],
    ['08B4214300053412006C3E', { type: 'set_code_with_code', value: { master, user: 5, code: '432100' } }],
    [
      '08342143FF053412FFEB3A',
      { type: 'set_code_with_code', value: { master: '1234FF', user: 5, code: '4321FF' } },
    ],
    ['08B421430005FFFFFF267D', { type: 'set_code_with_code', value: { master, user: 5, code: 'FFFFFF' } }],
    ['05B505896745F56F', { type: 'set_code', value: { user: 5, code: '987654' } }],
    [
      '07B62143000570039A41',
      { type: 'set_authority_with_code', value: { master, user: 5, authority: 0x70, partitions: 3 } },
    ],
    ['04B705700334E5', { type: 'set_authority', value: { user: 5, authority: 0x70, partitions: 3 } }],
    ['06BC21430002012A4E', { type: 'keypad_with_code', value: { master, function: 2, partitions: 1 } }],
    ['033E020144CB', { type: 'keypad_button', value: { function: 2, partitions: 1 } }],
  ];

  it.each(rows)('%s', (hex, request) => {
    expect(decodeRequest(frameOf(hex))).toEqual(request);
    expect(hexOf(encodeRequest(request), frameOf(hex).ack)).toBe(hex);
  });
});

it('every vector is a message of the tables, but for the status of zones, which nothing here asks for', () => {
  const unknown = vectors
    .map(({ hex }) => frameOf(hex))
    .filter((frame) => {
      return decodePanelMessage(frame) === null && decodeRequest(frame) === null;
    });
  expect([...new Set(unknown.map(({ number }) => number))]).toEqual([0x04, 0x24]);
});
