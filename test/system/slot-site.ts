import { until } from './deadline.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

export type Row = Record<'id' | 'credential_id' | 'holder_id' | 'state', string> & {
  slot: number | null;
  reason: string | null;
  evidence: string | null;
};

export interface Holder {
  id: string;
  name: string;
  state: string;
  capacity: number;
  reserved: number;
  used: number;
}

/** A rig with devices that keep codes: the code locks `store` (10 slots) and `depot` (199), and maybe a panel. */
export interface SlotRig {
  readonly rig: Rig;
  /** A device by the name it has in the site file. */
  holder(name: string): Promise<Holder>;
  rows(holder: string): Promise<Row[]>;
  /** A user who may go to these doors and partitions. */
  user(...targets: string[]): Promise<string>;
  /** A PIN of a user; its credential's id. */
  pin(user: string, value: string): Promise<string>;
  /** What the simulated devices hold. */
  devices(): Promise<{
    code_locks: Record<string, { slots_in_use: number }>;
    panel: { in_use: number; changes: number } | null;
  }>;
  opens(lock: string, digits: string): Promise<boolean>;
  /** Starts the daemon and waits until it has heard of each device. */
  start(): Promise<void>;
}

/** The panel's own. */
export const masterCode = '314159';

const codeLocks = `
[locks.store]
port = "locks"
unit = 3
model = "code-lock-10"

[locks.depot]
port = "locks"
unit = 4
model = "code-lock-199"

[doors.store]
lock = "store"

[doors.depot]
lock = "depot"
`;

/** Text of a panel in its own protocol, with the partitions `house` (restricts the back door) and `garage`. */
export const panelText = (model: 'nx-584' | 'elk-m1'): string => `
[ports.panel]
kind = "tcp"
host = "127.0.0.1"
port = PANEL_PORT
baud = 38400

[panel]
model = "${model}"
port = "panel"
code_file = "master-code"
${model === 'nx-584' ? 'wire = "ascii"' : ''}

[panel.partitions.house]
number = 1

[panel.partitions.garage]
number = 2
`;

/** `panel` null: the site has its panel on dry contacts. `adapt` comes last. */
export async function slotRig(panel: string | null, options: RigOptions = {}): Promise<SlotRig> {
  const { adapt = (text) => text } = options;
  const rig = await startRig({
    ...options,
    ...(panel === null ? {} : { masterCode }),
    adapt: (text) => adapt((panel === null ? text : text.replace(/\[panel\][\s\S]*/, panel)) + codeLocks),
  });
  const { admin } = rig;
  const holder = async (name: string): Promise<Holder> => {
    const { items } = await admin.get<{ items: Holder[] }>('/v1/holders');
    const found = items.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no device is called ${name}`);
    return found;
  };
  const state = async <T>(request: Record<string, unknown>): Promise<T> =>
    (await rig.act(request))['state'] as T;
  return {
    rig,
    holder,
    async rows(name) {
      const { id } = await holder(name);
      const { items } = await admin.get<{ items: Row[] }>('/v1/confirmations', { holder_id: id, limit: 500 });
      return items;
    },
    async user(...targets) {
      const fields = { first_name: 'Test', last_name: targets.join(' ') };
      const { id } = await admin.post<{ id: string }>('/v1/users', fields);
      const { items } = await admin.get<{ items: { id: string; name: string }[] }>('/v1/doors');
      for (const name of targets) {
        const door = items.find((one) => one.name === name);
        const target = door === undefined ? { partition: name } : { door_id: door.id };
        await admin.post('/v1/access', { user_id: id, target });
      }
      return id;
    },
    async pin(user_id, value) {
      const credential = { user_id, kind: 'pin', value };
      return (await admin.post<{ id: string }>('/v1/credentials', credential)).id;
    },
    devices: () => state({ do: 'state' }),
    async opens(lock, digits) {
      return (await state<{ opened: boolean }>({ do: 'code', lock, digits })).opened;
    },
    async start() {
      await rig.start();
      await until('every device is heard of', async () => {
        const { items } = await admin.get<{ items: Holder[] }>('/v1/holders');
        return items.every((one) => one.state === 'online');
      });
    },
  };
}
