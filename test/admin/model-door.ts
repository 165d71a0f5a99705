import { emptyTable, rowsOf } from '../../src/core/access-table.ts';
import type { RowRef, TableRow, TableVersion } from '../../src/core/table-row.ts';
import { tableKeeper } from '../../src/door/table-keeper.ts';
import type { FromAdmin, FromDoor } from '../../src/link/message.ts';

const keyOf = (row: RowRef | TableRow): string => `${row.row}/${row.id}`;
const same = (a: TableVersion | null, b: TableVersion): boolean =>
  a !== null && a.table_id === b.table_id && a.revision === b.revision;

/** The simplest door process that takes tables as the Link's messages say, and narrows nothing, to hold the publisher against. */
export interface ModelDoor {
  readonly version: TableVersion | null;
  rows(): TableRow[];
  /** Takes one message and says what it answers. */
  take(message: FromAdmin): FromDoor[];
  /** The Link was lost: what was half built goes. */
  lost(): void;
  /** The door started again with some other table. */
  forget(version?: TableVersion): void;
}

const elsewhere: TableVersion = { table_id: 'elsewhere', revision: 0 };

export function modelDoor(): ModelDoor {
  let version: TableVersion | null = null;
  let rows = new Map<string, TableRow>();
  let build: {
    offer: number;
    version: TableVersion;
    rows: number;
    got: TableRow[];
    patches: Extract<FromAdmin, { type: 'patch' }>[];
  } | null = null;

  const door: ModelDoor = {
    get version() {
      return version;
    },
    rows: () => [...rows.values()],
    lost: () => {
      build = null;
    },
    forget(other = elsewhere) {
      build = null;
      version = other;
      rows.clear();
    },
    take(message) {
      if (message.type === 'patch') {
        if (message.rows.length + message.removed.length > 250) throw new Error('too many rows in a patch');
        if (build !== null && same(build.version, message.base)) {
          build.patches.push(message);
          build.version = message.version;
          return [];
        }
        if (!same(version, message.base)) return [{ type: 'resync', table: version }];
        apply(message);
        version = message.version;
        return [{ type: 'applied', version: message.version }];
      }
      if (message.type === 'offer') {
        build = { offer: message.offer, version: message.version, rows: message.rows, got: [], patches: [] };
        return proceed();
      }
      if (message.type === 'part') {
        if (message.rows.length > 250) throw new Error('too many rows in a part');
        if (build === null || message.offer !== build.offer || message.from !== build.got.length) return [];
        build.got.push(...message.rows);
        return proceed();
      }
      return [];
    },
  };

  function apply(patch: Extract<FromAdmin, { type: 'patch' }>): void {
    for (const ref of patch.removed) rows.delete(keyOf(ref));
    for (const row of patch.rows) rows.set(keyOf(row), row);
  }

  function proceed(): FromDoor[] {
    if (build === null) return [];
    if (build.got.length < build.rows) return [{ type: 'pull', offer: build.offer, from: build.got.length }];
    rows = new Map(build.got.map((row) => [keyOf(row), row]));
    for (const patch of build.patches) apply(patch);
    const applied = build.version;
    version = applied;
    build = null;
    return [{ type: 'applied', version: applied }];
  }

  return door;
}

/** The door process's own table keeper in the same place. */
export function keeperDoor(): ModelDoor {
  let answers: FromDoor[] = [];
  const send = (answer: FromDoor): boolean => answers.push(answer) > 0;
  const waiting: (() => void)[] = [];
  const make = (start: TableVersion | null) =>
    tableKeeper({
      doorIds: [],
      start: start === null ? null : { table: emptyTable([]), version: start },
      later: (fn) => void waiting.push(fn),
      changed: () => {},
    });
  let keeper = make(null);
  let talk = keeper.connect(send);
  return {
    get version() {
      return keeper.inForce()?.version ?? null;
    },
    rows() {
      const inForce = keeper.inForce();
      return inForce === null ? [] : rowsOf(inForce.table);
    },
    take(message) {
      answers = [];
      if (message.type === 'patch' || message.type === 'offer' || message.type === 'part') talk.take(message);
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next();
      return answers;
    },
    lost() {
      talk.end();
      talk = keeper.connect(send);
    },
    forget(version = elsewhere) {
      keeper = make(version);
      talk = keeper.connect(send);
    },
  };
}
