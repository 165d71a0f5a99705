import { codePanelContract } from '../../contract/code-panel.ts';
import { elkSite, master, masterSlot } from './elk-site.ts';

const areaOf: Readonly<Record<string, number>> = { house: 1, garage: 2 };

for (const codeLength of [4, 6] as const) {
  codePanelContract(`Elk M1, ${codeLength} digits`, () => {
    const { clock, panel, elk, far } = elkSite({ codeLength, exitSeconds: 0 });
    const digits = (code: string) => code.slice(0, codeLength);
    return {
      clock,
      panel,
      partitions: ['house', 'garage'],
      codes: { first: digits('084926'), second: digits('517390'), tooLong: '60428175' },
      master,
      slots: [12, 13],
      far: {
        arm: (partition) => elk.arm(areaOf[partition] ?? 0),
        disarm: (partition) => elk.disarm(areaOf[partition] ?? 0),
        ignoreArming: () => elk.fault('ignores_arming', true),
        unplug: far.unplug,
        plugIn: far.plugIn,
        silent: (on) => elk.fault('silent', on),
        codeIn(slot) {
          const user = elk.users.get(slot);
          return user === undefined || user.restricted ? null : user.code.slice(-codeLength);
        },
        loseNextAnswer: () => elk.fault('lose_change_answer', true),
        codeCommands: elk.changes,
        misconfigure(on) {
          const user = elk.users.get(masterSlot);
          if (user !== undefined) elk.users.set(masterSlot, { ...user, code: on ? '999999' : master });
        },
      },
    };
  });
}
