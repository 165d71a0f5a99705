import type { Draft } from './draft.ts';
import type { Finding } from './problem.ts';

/** Outputs of readers: each with a number of its own, and at a door that can be seen to do what they follow. */
export function checkReaderOutputs(draft: Draft): Finding[] {
  return [...draft.outputs].flatMap(([reader, outputs]) => {
    const path = ['readers', reader, 'outputs'];
    if (outputs.size === 0 || draft.readers.get(reader)?.protocol === 'serial_ascii') return [];
    const home = [...draft.doors].find(([, { readers }]) => readers?.includes(reader));
    if (home === undefined) {
      const message = `no door has this reader, so there is nothing to follow; name it in the readers of a door`;
      return [{ path, at: 'key' as const, message }];
    }
    const [name, { contact, lock }] = home;
    const watched = (contact ?? draft.locks.get(lock ?? '')?.contact) !== undefined;
    return [...outputs].flatMap(([own, { output, follows }]): Finding[] => {
      const [first = own] = [...outputs].find(([, other]) => other.output === output) ?? [];
      const taken = output === undefined || first === own ? [] : [`${first} is output ${output} already`];
      const blind = !watched && follows !== undefined && follows !== 'disabled';
      const why = `door "${name}" has no contact: nobody sees it forced or held open; wire one to the board of its lock or to a reader`;
      return [
        ...taken.map((message) => ({ path: [...path, own, 'output'], message })),
        ...(blind ? [{ path: [...path, own, 'follows'], severity: 'warning' as const, message: why }] : []),
      ];
    });
  });
}
