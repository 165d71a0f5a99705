"""A Modbus relay board by pymodbus (Debian: python3-pymodbus): argument 1 is the serial device.

Unit 1: 8 coils, 8 discrete inputs (input 0 closed), 8 holding registers, all from 0. Every write is printed.
"""
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartSerialServer
from pymodbus.transaction import ModbusRtuFramer


class Told(ModbusSequentialDataBlock):
    def __init__(self, name, values):
        super().__init__(0, values)
        self.name = name

    def setValues(self, address, values):  # noqa: N802 (the library's name)
        super().setValues(address, values)
        print("write", self.name, address, values, flush=True)


slave = ModbusSlaveContext(
    co=Told("coil", [False] * 8),
    di=ModbusSequentialDataBlock(0, [True] + [False] * 7),
    hr=Told("register", [0] * 8),
    zero_mode=True,
)
print("ready", flush=True)
StartSerialServer(
    context=ModbusServerContext(slaves={1: slave}, single=False),
    framer=ModbusRtuFramer,
    port=sys.argv[1],
    baudrate=115200,
    timeout=0.05,
)
