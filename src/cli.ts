#!/usr/bin/env node
import { commandLine } from './cli/command-line.ts';
import { hiddenLine } from './cli/hidden-line.ts';

/** The `postern` command. */
// Whoever reads us may have had enough: `postern events | head`.
process.stdout.on('error', () => process.exit());
process.exitCode = await commandLine(
  process.argv.slice(2),
  {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    ...(process.stdin.isTTY && process.stderr.isTTY
      ? { ask: (prompt) => hiddenLine(prompt, process.stdin, (text) => void process.stderr.write(text)) }
      : {}),
  },
  {
    run: () => import('./cli/run.ts'),
    check: () => import('./cli/check.ts'),
    status: () => import('./cli/status.ts'),
    clock: () => import('./cli/clock.ts'),
    try: () => import('./cli/try.ts'),
    users: () => import('./cli/users.ts'),
    reader: () => import('./cli/reader.ts'),
    slots: () => import('./cli/slots.ts'),
    confirmations: () => import('./cli/confirmations.ts'),
    door: () => import('./cli/door.ts'),
    schedule: () => import('./cli/schedule.ts'),
    timetable: () => import('./cli/timetable.ts'),
    events: () => import('./cli/events.ts'),
    webhooks: () => import('./cli/webhooks.ts'),
    key: () => import('./cli/key.ts'),
    backup: () => import('./cli/backup.ts'),
    restore: () => import('./cli/restore.ts'),
    bus: () => import('./cli/bus.ts'),
    store: () => import('./cli/store.ts'),
    sim: () => import('./cli/sim.ts'),
  },
);
