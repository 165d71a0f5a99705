import { describe, expect, test } from 'vitest';
import type { Holder, SlotOutcome } from '../../src/core/holder.ts';
import { Secret } from '../../src/core/secret.ts';

/** A holder under test, and the device that it drives. */
export interface HolderRig {
  holder: Holder;
  /** Lets time pass until the promise has settled; fails the test when it does not. */
  settled<T>(promise: Promise<T>): Promise<T>;
  /** Hex of all bytes sent to the device in orders, so far. */
  sent(): string;
  /** The bytes of a code as the wire carries it, in hex. */
  onWire(code: string): string;
  device: {
    /** What the device really holds; null: nothing. */
    code(slot: number): string | null;
    /** A fault that begins or ends; what follows may take time that the rig lets pass. */
    gone(on: boolean): void;
    full(on: boolean): void;
    losesAnswers(on: boolean): void;
    masks(on: boolean): void;
  };
}

const free = () => true;

/** The rules of core/holder.ts that every driver keeps, whatever its device. */
export function holderContract(name: string, make: () => HolderRig): void {
  describe(`holder contract: ${name}`, () => {
    /** Two slots that are ours, and codes of the shortest and the longest length. */
    const prepared = () => {
      const rig = make();
      const { traits } = rig.holder;
      const ours = Array.from({ length: traits.capacity }, (_, i) => traits.first_slot + i).filter(
        (slot) => !traits.reserved_slots.includes(slot),
      );
      const [one = -1, two = -1] = ours;
      const short = '0042137890'.slice(0, Math.min(...traits.code_lengths));
      const long = '0098765432'.slice(0, Math.max(...traits.code_lengths));
      const write = (slot: number, code: string, mayWrite = free) =>
        rig.settled(rig.holder.write(slot, new Secret(code), [], mayWrite));
      const clear = (slot: number, mayWrite = free) => rig.settled(rig.holder.clear(slot, null, mayWrite));
      const read = (slot: number) => rig.settled(rig.holder.read(slot));
      return { ...rig, traits, ours, one, two, short, long, write, clear, read };
    };

    test('a written code is in its slot, leading zeros and all, with the evidence its model confirms at', async () => {
      const { write, read, device, one, two, short, long, traits } = prepared();
      expect(await write(one, short)).toEqual({ ok: true, evidence: traits.confirm_at });
      expect(await write(two, long)).toEqual({ ok: true, evidence: traits.confirm_at });
      expect([device.code(one), device.code(two)]).toEqual([short, long]);
      const reading = await read(two);
      if (traits.reads === 'digits') {
        expect(reading).toMatchObject({ ok: true, content: 'code' });
        expect(reading.ok && reading.content === 'code' && reading.digits.reveal()).toBe(long);
      } else expect(reading).toMatchObject({ ok: true, content: 'unreadable' });
    });

    test('a code written over another one replaces it, and nothing else changes', async () => {
      const { write, device, one, two, short, long } = prepared();
      await write(one, short);
      expect(await write(one, long)).toMatchObject({ ok: true });
      expect([device.code(one), device.code(two)]).toEqual([long, null]);
    });

    test('the same code written to the same slot again is no duplicate', async () => {
      const { write, device, one, short } = prepared();
      await write(one, short);
      expect(await write(one, short)).toMatchObject({ ok: true });
      expect(device.code(one)).toBe(short);
    });

    test('a cleared slot is empty, with the proof its model has; clearing it again is no error', async () => {
      const { write, clear, read, device, one, short, traits } = prepared();
      await write(one, short);
      for (let times = 0; times < 2; times++) {
        expect(await clear(one)).toEqual({ ok: true, evidence: traits.removal_proof });
        expect(device.code(one)).toBeNull();
      }
      const content = traits.reads === 'nothing' ? 'unreadable' : 'empty';
      expect(await read(one)).toMatchObject({ ok: true, content });
    });

    test('a code that another slot holds is a duplicate, names that slot and takes no second one', async () => {
      const { write, device, one, two, short } = prepared();
      await write(one, short);
      expect(await write(two, short)).toMatchObject({ ok: false, why: 'duplicate', slot: one });
      expect(device.code(two)).toBeNull();
    });

    test('a full device says so, and holds what it held', async () => {
      const { write, device, one, two, short, long } = prepared();
      await write(one, short);
      device.full(true);
      expect(await write(two, long)).toMatchObject({ ok: false, why: 'full' });
      expect([device.code(one), device.code(two)]).toEqual([short, null]);
    });

    test('a code of a length it does not take, and a slot that is not ours, cost no byte', async () => {
      const { write, clear, sent, one, short, traits } = prepared();
      const before = sent();
      expect(await write(one, '123')).toMatchObject({ ok: false, why: 'unsupported_length' });
      expect(await write(one, '12345678901')).toMatchObject({ ok: false, why: 'unsupported_length' });
      const foreign = [traits.first_slot - 1, traits.first_slot + traits.capacity, ...traits.reserved_slots];
      for (const slot of foreign) {
        expect(await write(slot, short)).toMatchObject({ ok: false, why: 'rejected' });
        expect(await clear(slot)).toMatchObject({ ok: false, why: 'rejected' });
      }
      expect(sent()).toBe(before);
    });

    test('while it may not be written no byte of the code is on the wire, and the slot stays as it is', async () => {
      const { write, clear, sent, onWire, device, one, two, short, long } = prepared();
      await write(one, short);
      const armed = { ok: false, why: 'armed' };
      expect(await write(two, long, () => false)).toMatchObject(armed);
      expect(await clear(one, () => false)).toMatchObject(armed);
      expect(sent()).toContain(onWire(short));
      expect(sent()).not.toContain(onWire(long));
      expect([device.code(one), device.code(two)]).toEqual([short, null]);
    });

    test('a device that is gone costs no attempt, and takes the code when it is back', async () => {
      const { write, read, device, one, short, traits } = prepared();
      const why = traits.sleeps ? 'asleep' : 'offline';
      device.gone(true);
      expect(await write(one, short)).toMatchObject({ ok: false, why });
      expect(await read(one)).toMatchObject({ ok: false, why });
      expect(device.code(one)).toBeNull();
      device.gone(false);
      expect(await write(one, short)).toMatchObject({ ok: true });
    });

    test('lost answers never make a code that is not there, nor a slot empty that is not', async () => {
      const { write, clear, read, device, one, short } = prepared();
      const truthful = (outcome: SlotOutcome, holds: string | null) => {
        if (outcome.ok) expect(device.code(one)).toBe(holds);
        else expect(outcome.why).toBe('unknown_result');
      };
      device.losesAnswers(true);
      truthful(await write(one, short), short);
      device.losesAnswers(false);
      expect(await write(one, short)).toMatchObject({ ok: true });
      device.losesAnswers(true);
      truthful(await clear(one), null);
      device.losesAnswers(false);
      const reading = await read(one);
      if (reading.ok && reading.content !== 'unreadable')
        expect(reading.content === 'empty').toBe(device.code(one) === null);
      expect(await clear(one)).toMatchObject({ ok: true });
      expect(device.code(one)).toBeNull();
    });

    test('a masked slot is unreadable, never empty, and proves nothing beyond the device’s word', async () => {
      const { write, read, device, one, two, short, long } = prepared();
      await write(one, short);
      device.masks(true);
      expect(await read(one)).toMatchObject({ ok: true, content: 'unreadable' });
      expect(await write(two, long)).toEqual({ ok: true, evidence: 'acknowledged' });
    });

    test('no outcome shows a code', async () => {
      const { write, clear, read, device, one, two, short, long } = prepared();
      const told: unknown[] = [await write(one, short), await write(two, short), await read(one)];
      device.full(true);
      told.push(await write(two, long));
      device.losesAnswers(true);
      told.push(await write(one, long), await clear(one));
      device.gone(true);
      told.push(await write(one, long), await read(one));
      const text = JSON.stringify(told);
      expect(text).toContain('duplicate');
      for (const code of [short, long]) expect(text).not.toContain(code);
    });
  });
}
