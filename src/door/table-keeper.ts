import { type AccessTable, emptyTable } from '../core/access-table.ts';
import { noCommit, type TableVersion } from '../core/table-row.ts';
import type { FromAdmin, FromDoor } from '../link/message.ts';
import {
  applyPatch,
  applyWaiting,
  keepPatch,
  narrowBy,
  type Patch,
  sameVersion,
  startBuild,
  type TableBuild,
} from './table-build.ts';
import type { TableSafety } from './table-safety.ts';

export type TableMessage = Extract<FromAdmin, { type: 'patch' | 'offer' | 'part' }>;
export type TableAnswer = Extract<FromDoor, { type: 'applied' | 'narrowed' | 'pull' | 'resync' }>;

/** A table and which one it is. */
export interface TableInForce {
  table: AccessTable;
  version: TableVersion;
  source: 'snapshot' | 'admin';
}

/**
 * Holds the table the doors go by. It is exactly what the admin process said some version is, never half of one; or, while a
 * newer one is being built, the earlier one less what has been taken away since (`noCommit`).
 */
export interface TableKeeper {
  /** What the doors go by now; null before the first table. Read it anew for each decision. */
  inForce(): TableInForce | null;
  /** Called after every change of the table in force, and before it is answered. One listener. */
  onChange(listener: () => void): void;
  /** Takes up the talk about the table on a new connection. An earlier one ends, and with it what was being built on it. */
  connect(send: (answer: TableAnswer) => boolean): TableTalk;
}

/** One connection's talk about the table. Answers that the Link did not take are kept, one of each kind, until `room`. */
export interface TableTalk {
  take(message: TableMessage): void;
  /** The Link takes messages again. */
  room(): void;
  /** The connection is lost: what was being built is dropped. */
  end(): void;
}

/** Rows of patches kept back while the table they belong to is being built. Beyond that the build is given up and asked for anew. */
const maxWaitingRows = 25_000;
const rowsPerTurn = 250;

/**
 * @param options.doorIds doors of the site, any number
 * @param options.start the table read from the sealed file, or null
 * @param options.later runs a function in a later turn of the event loop (`setImmediate`): between parts, doors go first
 * @param options.changed called after every change of the table in force
 * @param options.safety what a power cut must not undo; what is answered waits for it. Left out: nothing is kept
 */
export function tableKeeper(options: {
  doorIds: readonly string[];
  start: { table: AccessTable; version: TableVersion } | null;
  later: (fn: () => void) => void;
  changed: () => void;
  safety?: TableSafety;
}): TableKeeper {
  let inForce: TableInForce | null = options.start === null ? null : { ...options.start, source: 'snapshot' };
  let current: object | null = null;
  let listener: () => void = () => {};
  const changed = (): void => {
    options.changed();
    listener();
  };

  function connect(send: (answer: TableAnswer) => boolean): TableTalk {
    const me = {};
    current = me;
    const owed = new Map<TableAnswer['type'], TableAnswer>();
    /** Answers that wait until a power cut cannot undo what they say. */
    const unsafe = new Map<TableAnswer['type'], TableAnswer>();
    let securing: object | null = null;
    let build: TableBuild | null = null;
    let resyncing = false;

    function flush(): void {
      for (const [type, answer] of owed) {
        if (!send(answer)) return;
        owed.delete(type);
      }
    }
    function say(answer: TableAnswer): void {
      owed.set(answer.type, answer);
      flush();
    }
    /** Says it when it is safe. The newest of each kind stands for those before it. */
    function confirm(answer: TableAnswer): void {
      unsafe.set(answer.type, answer);
      if (securing === null) secure();
    }
    function secure(): void {
      const mine = {};
      const answers = [...unsafe.values()];
      unsafe.clear();
      securing = mine;
      const safe = (): void => {
        if (securing !== mine || current !== me) return;
        securing = null;
        for (const answer of answers) say(answer);
        if (unsafe.size > 0) secure();
      };
      if (options.safety === undefined) safe();
      else options.safety.whenSafe(safe);
    }
    function resync(): void {
      if (resyncing) return;
      resyncing = true;
      // The table that comes is confirmed anew; a late word about this one would be taken for one about that.
      unsafe.clear();
      securing = null;
      say({ type: 'resync', table: inForce?.version ?? null });
    }
    function put(table: AccessTable, version: TableVersion): void {
      inForce = { table, version, source: 'admin' };
      changed();
      confirm({ type: 'applied', version });
    }

    /** The next step of a build: ask for a part, catch up with patches, or put the table in force. */
    function proceed(mine: TableBuild): void {
      if (current !== me || build !== mine) return;
      if (mine.received < mine.rows) {
        say({ type: 'pull', offer: mine.offer, from: mine.received });
      } else if (mine.waiting.size > 0) {
        applyWaiting(mine, rowsPerTurn);
        options.later(() => proceed(mine));
      } else {
        build = null;
        options.safety?.swapped();
        put(mine.table, mine.version);
      }
    }

    function takePatch(patch: Patch): void {
      if (inForce !== null && sameVersion(patch.base, inForce.version)) {
        // The newest word is about the table in force: a build begun before it could only lead back.
        const met =
          build === null ||
          sameVersion(build.version, patch.base) ||
          sameVersion(build.version, patch.version);
        build = null;
        owed.delete('pull');
        options.safety?.patched(inForce.table, patch);
        applyPatch(inForce.table, patch);
        put(inForce.table, patch.version);
        if (!met) resync();
      } else if (build !== null && sameVersion(patch.base, build.version)) {
        keepPatch(build, patch);
        narrowTable(patch);
        if (build.waiting.size > maxWaitingRows) giveUp();
      } else resync();
    }

    /** What is taken away does not wait until a table is whole. Only what gives more has to. */
    function narrowTable(patch: Patch): void {
      if (inForce !== null) {
        options.safety?.patched(inForce.table, patch);
        narrowBy(inForce.table, patch);
        inForce = { ...inForce, version: noCommit };
        changed();
      }
      confirm({ type: 'narrowed', version: patch.version });
    }

    function takePart(part: Extract<TableMessage, { type: 'part' }>): void {
      if (build === null || part.offer !== build.offer || part.from !== build.received) return;
      if (part.rows.length === 0 || part.rows.length > build.rows - build.received) {
        giveUp();
        return;
      }
      const mine = build;
      applyPatch(mine.table, { rows: part.rows, removed: [] });
      mine.received += part.rows.length;
      options.later(() => proceed(mine));
    }

    function giveUp(): void {
      build = null;
      owed.delete('pull');
      resync();
    }

    return {
      take(message) {
        if (current !== me) return;
        switch (message.type) {
          case 'patch':
            takePatch(message);
            return;
          case 'offer':
            resyncing = false;
            owed.delete('resync');
            build = startBuild(message, emptyTable(options.doorIds));
            proceed(build);
            return;
          case 'part':
            takePart(message);
            return;
        }
      },
      room() {
        if (current === me) flush();
      },
      end() {
        if (current === me) current = null;
      },
    };
  }

  return {
    inForce: () => inForce,
    onChange(fn) {
      listener = fn;
    },
    connect,
  };
}
