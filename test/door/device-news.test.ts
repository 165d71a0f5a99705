import { describe, expect, it } from 'vitest';
import type { DoorEvent } from '../../src/core/event.ts';
import { deviceNews } from '../../src/door/device-news.ts';
import { virtualClock } from '../support/virtual-clock.ts';

function told() {
  const clock = virtualClock();
  const events: DoorEvent[] = [];
  const news = deviceNews({ append: (event) => events.push(event) }, clock);
  return { clock, news, events, types: () => events.map(({ type }) => type) };
}

describe('an alarm of a reader', () => {
  it('is told at once, and while it lasts once in ten minutes, however often it is raised', () => {
    const { clock, news, events } = told();
    for (let second = 0; second < 1500; second++) {
      news.reader('r1', { type: 'security', what: 'mac_failure' });
      clock.advance(1000);
    }
    expect(events.map(({ time }) => time - (events[0]?.time ?? 0))).toEqual([0, 600_000, 1_200_000]);
    expect(events[0]).toMatchObject({ resource: 'reader/r1', data: { what: 'mac_failure' } });
  });

  it('hides no alarm of another kind or of another reader', () => {
    const { news, events } = told();
    news.reader('r1', { type: 'security', what: 'mac_failure' });
    news.reader('r1', { type: 'security', what: 'wrong_key' });
    news.reader('r2', { type: 'security', what: 'mac_failure' });
    expect(events).toHaveLength(3);
  });
});

describe('a reader that is offline', () => {
  it('is told of each time, and of each other reason once in ten minutes', () => {
    const { clock, news, events } = told();
    for (let second = 0; second < 900; second += 5) {
      news.reader('r1', { type: 'offline', reason: second % 10 === 0 ? 'held' : 'missing' });
      clock.advance(5_000);
    }
    const reasons = () =>
      events.map((event) => (event.type === 'reader.offline' ? event.data.reason : 'online'));
    expect(reasons()).toEqual(['held', 'missing', 'held', 'missing']);
    for (let outage = 0; outage < 2; outage++) {
      news.reader('r1', { type: 'online', secure: true });
      news.reader('r1', { type: 'offline', reason: 'missing' });
    }
    expect(reasons().slice(4)).toEqual(['online', 'missing', 'online', 'missing']);
  });
});

it('pairing is told by who knows who opened the window, and not here', () => {
  const { news, types } = told();
  news.reader('r1', { type: 'identified', identity: '00/11/22' });
  news.reader('r1', { type: 'pairing_failed', reason: 'nobody took a key in time', key_sent: false });
  news.reader('r1', { type: 'paired' });
  expect(types()).toEqual([]);
});
