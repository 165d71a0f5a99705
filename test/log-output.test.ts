import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type LogWriting, logOutput, openLog, standardOutput } from '../src/log-output.ts';

/** A disk that answers when it is told to. */
function slowDisk() {
  const asked: string[] = [];
  const later: (() => void)[] = [];
  const tooLate = new Set<() => void>();
  let answer: (error: NodeJS.ErrnoException | null, written: number) => void = () => {};
  const by: LogWriting = {
    write(_fd, bytes, done) {
      asked.push(bytes.toString());
      answer = done;
    },
    writeSync() {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    },
    soon: (fn) => void later.push(fn),
    tooLate(fn) {
      tooLate.add(fn);
      return () => tooLate.delete(fn);
    },
  };
  const last = () => Buffer.byteLength(asked.at(-1) ?? '');
  return {
    by,
    asked,
    later,
    tooLate,
    takes: (bytes = last()) => answer(null, bytes),
    fails: (code: string) => answer(Object.assign(new Error(code), { code }), 0),
  };
}

describe('a log', () => {
  test('is written one piece after the other, in order, and what waits goes together', () => {
    const disk = slowDisk();
    const log = logOutput(1, disk.by);
    for (const line of ['a\n', 'b\n', 'c\n']) log.write(line);
    expect(disk.asked).toEqual(['a\n']);
    disk.takes();
    disk.takes(1);
    expect(disk.asked).toEqual(['a\n', 'b\nc\n', '\nc\n']);
  });

  test('that is full loses lines and goes on: nothing is thrown, nobody waits for ever', () => {
    const disk = slowDisk();
    const log = logOutput(1, disk.by);
    let flushed = 0;
    log.write('lost\n');
    log.write('too\n');
    log.flush(() => flushed++);
    disk.fails('ENOSPC');
    disk.fails('ENOSPC');
    expect(flushed).toBe(1);
    log.write('there is room again\n');
    disk.takes();
    log.flush(() => flushed++);
    expect([flushed, disk.asked.at(-1)]).toEqual([2, 'there is room again\n']);
    log.write('in flight\n');
    log.write('at last\n');
    expect(() => log.flushSync()).not.toThrow();
  });

  test('whose reader is slow is tried again with the same bytes, and keeps no more than its bound', () => {
    const disk = slowDisk();
    const log = logOutput(1, disk.by, 4);
    for (const line of ['1\n', '2\n', '3\n', '4\n']) log.write(line);
    disk.fails('EAGAIN');
    expect(disk.asked).toEqual(['1\n']);
    disk.later.shift()?.();
    disk.takes();
    disk.takes();
    expect(disk.asked).toEqual(['1\n', '1\n', '2\n3\n']);
    log.write('5\n');
    expect(disk.asked.at(-1)).toBe('5\n');
  });

  test('that nobody reads holds up no end: who waits for it waits for so long, once', () => {
    const disk = slowDisk();
    const log = logOutput(1, disk.by);
    let flushed = 0;
    log.write('in flight\n');
    log.write('waiting\n');
    log.flush(() => flushed++);
    expect([flushed, disk.tooLate.size]).toEqual([0, 1]);
    for (const fn of disk.tooLate) fn();
    expect([flushed, disk.tooLate.size]).toEqual([1, 0]);
    disk.takes();
    disk.takes();
    expect(flushed).toBe(1);
    log.flush(() => flushed++);
    expect([flushed, disk.tooLate.size]).toEqual([2, 0]);
  });

  test('on standard output never blocks, though that is a pipe that is full and not read', () => {
    const directory = mkdtempSync(join(tmpdir(), 'postern-log-'));
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const unread = openSync(pipe, 'r+');
    const output = standardOutput(unread);
    const more = Buffer.alloc(65_536, '.');
    expect(() => {
      for (;;) writeSync(output, more);
    }).toThrow(/EAGAIN/);
    for (const fd of [output, unread]) closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  test('on standard output is that itself where it is a file, whose place others share', () => {
    const directory = mkdtempSync(join(tmpdir(), 'postern-log-'));
    const file = openSync(join(directory, 'log'), 'w');
    expect(standardOutput(file)).toBe(file);
    closeSync(file);
    rmSync(directory, { recursive: true });
  });

  test('on a device that is really full ends as any other', async () => {
    const fd = openSync('/dev/full', 'w');
    const log = logOutput(fd);
    log.write('a\n');
    log.write('b\n');
    await new Promise<void>((done) => log.flush(done));
    log.write('c\n');
    log.write('d\n');
    log.flushSync();
    await new Promise<void>((done) => log.flush(done));
    closeSync(fd);
  });
});

describe('the file of a log', () => {
  test('is there at once, with its directory, for its owner and group, and is added to', () => {
    const directory = mkdtempSync(join(tmpdir(), 'postern-log-'));
    const file = join(directory, 'a', 'b.log');
    const log = logOutput(openLog(file));
    log.flushSync();
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['', 0o640]);
    rmSync(directory, { recursive: true });
  });

  test('that cannot be opened is named, with the cause and the remedy', () => {
    expect(() => openLog('/dev/null/postern.log')).toThrow(
      /the log \/dev\/null\/postern\.log cannot be opened \(\w+\): let .* or change \[log\] file/,
    );
  });
});
