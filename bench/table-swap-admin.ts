import type { FromAdmin, FromDoor } from '../src/link/message.ts';
import { processCarrier } from '../src/link/process-carrier.ts';
import { linkOver } from '../src/link/window.ts';
import { benchWorld } from './world.ts';

/** The other end of `table-swap`: offers a table at once and again at every ping, and hands out the parts that are asked for. */
const { rows } = benchWorld(Number(process.argv[2]) - 58);
const link = linkOver<FromAdmin, FromDoor>(processCarrier(process as never));
let offers = 0;

function offer(): void {
  offers += 1;
  const version = { table_id: 'bench', revision: offers };
  link.send({ type: 'offer', offer: offers, version, rows: rows.length });
}

link.open({
  message: (message) => {
    if (message.type === 'ping') offer();
    if (message.type !== 'pull') return;
    const { offer: number, from } = message;
    link.send({ type: 'part', offer: number, from, rows: rows.slice(from, from + 250) });
  },
  room: () => {},
  down: () => process.exit(),
});
offer();
