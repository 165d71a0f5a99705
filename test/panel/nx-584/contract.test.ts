import { type CodePanelRig, codePanelContract } from '../../contract/code-panel.ts';
import { masterCode, wiredPanel } from './wired-panel.ts';

const userCommands = [0x32, 0x33, 0x34, 0x35, 0x36, 0x37];
const numbers: Readonly<Record<string, number>> = { main: 1, store: 2 };
const numberOf = (partition: string): number => numbers[partition] ?? 0;

for (const wire of ['ascii', 'binary'] as const) {
  codePanelContract(`NX-584, ${wire}`, (): CodePanelRig => {
    const { clock, panel, sim, far } = wiredPanel({ wire });
    return {
      clock,
      panel,
      partitions: ['main', 'store'],
      codes: { first: '0123', second: '4321', tooLong: '987654' },
      master: masterCode,
      slots: [5, 6],
      far: {
        arm: (partition) => sim.arm(numberOf(partition)),
        disarm: (partition) => sim.disarm(numberOf(partition)),
        ignoreArming: () => sim.fault('ignores_keypad', true),
        unplug: () => far.unplug(),
        plugIn: () => far.plugIn(),
        silent: (on) => sim.fault('silent', on),
        codeIn: sim.code,
        loseNextAnswer: () => sim.loseAnswers(1),
        codeCommands: () => sim.userCommands().length,
        misconfigure: (on) => sim.enable(userCommands, !on),
      },
    };
  });
}
