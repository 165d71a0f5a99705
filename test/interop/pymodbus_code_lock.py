"""A lock with a code table of 10 slots by pymodbus (Debian: python3-pymodbus): argument 1 is the serial device.

Unit 3, on the reference register map for locks that keep their own table. Slot 10 is reserved. Slots are printed as they change.
"""
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server import StartSerialServer
from pymodbus.transaction import ModbusRtuFramer

CAPACITY, RESERVED, SHORTEST, LONGEST = 10, 1, 4, 8
DONE, BAD_SLOT, BAD_LENGTH, FULL, DUPLICATE, REFUSED = 0, 1, 2, 3, 4, 6
STORE, REMOVE, READ = 1, 2, 3
MAILBOX, RESULT, SLOT, HAND_CHANGES, LAST_USE, IDENTITY = 0x100, 0x110, 0x120, 0x130, 0x140, 0xF000


class Table(ModbusSparseDataBlock):
    """The registers; a write to the mailbox carries out what it says."""

    def __init__(self):
        super().__init__(
            {
                IDENTITY: [0x504C, 1, CAPACITY, RESERVED, SHORTEST << 8 | LONGEST, 1],
                MAILBOX: [0] * 8,
                RESULT: [0] * 4,
                SLOT: [0] * 7,
                HAND_CHANGES: [0],
                LAST_USE: [0] * 8,
            }
        )
        self.codes = {}

    def setValues(self, address, values, use_as_default=False):  # noqa: N802 (the library's name)
        super().setValues(address, values, use_as_default)
        if address == MAILBOX:
            command, slot, length, *rest = self.getValues(MAILBOX, 8)
            result, where = self.carry_out(command, slot, length, tuple(rest[:3]))
            super().setValues(RESULT, [rest[4], result, where, len(self.codes)])

    def carry_out(self, command, slot, length, digits):
        if not 1 <= slot <= CAPACITY - RESERVED:
            return BAD_SLOT, slot
        if command == READ:
            held = self.codes.get(slot)
            shown = [0, 0, 0xFFFF, 0xFFFF, 0xFFFF] if held is None else [1, held[0], *held[1]]
            super().setValues(SLOT, [slot, *shown, 0])
            return DONE, slot
        if command == REMOVE:
            self.codes.pop(slot, None)
            print("removed", slot, flush=True)
            return DONE, slot
        if command != STORE:
            return REFUSED, slot
        if not SHORTEST <= length <= LONGEST:
            return BAD_LENGTH, slot
        for other, held in self.codes.items():
            if other != slot and held == (length, digits):
                return DUPLICATE, other
        self.codes[slot] = (length, digits)
        print("stored", slot, length, "".join(f"{word:04X}" for word in digits), flush=True)
        return DONE, slot


lock = ModbusSlaveContext(hr=Table(), zero_mode=True)
print("ready", flush=True)
StartSerialServer(
    context=ModbusServerContext(slaves={3: lock}, single=False),
    framer=ModbusRtuFramer,
    port=sys.argv[1],
    baudrate=115200,
    timeout=0.05,
)
