import { expect, test } from 'vitest';
import { ntpWord } from '../../src/hal/ntp-word.ts';

/** What systemd-timesyncd(8) leaves under /run, as it is before, after and without it. */
const file = '/run/systemd/timesync/synchronized';
const directory = '/run/systemd/timesync';

const among =
  (...there: string[]) =>
  (path: string) =>
    there.includes(path) ? { mtimeNs: 1_772_442_000_123_456_789n } : undefined;

test('without the service nothing is known; with it, the clock is synchronized once the file is there', () => {
  expect(ntpWord(file, among())).toEqual({ says: 'unknown' });
  expect(ntpWord(file, among(directory))).toEqual({ says: 'unsynchronized' });
  expect(ntpWord(file, among(directory, file))).toEqual({ says: 'synchronized', mark: 1_772_442_000_123 });
});

test('a file that cannot be looked at says nothing', () => {
  const refuse = () => {
    throw new Error('EACCES');
  };
  expect(ntpWord(file, refuse)).toEqual({ says: 'unknown' });
});

test('a path with nothing there is no error on a real disk', () => {
  expect(ntpWord('/nowhere/at/all')).toEqual({ says: 'unknown' });
  expect(ntpWord(`${import.meta.dirname}/no-such-file`)).toEqual({ says: 'unsynchronized' });
});
