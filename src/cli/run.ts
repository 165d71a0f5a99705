import { keepPausesShort } from '../door/short-pauses.ts';
import { noMore, readArguments } from './arguments.ts';
import type { Command } from './command.ts';

export const command: Command = {
  name: 'run',
  summary: 'run the daemon; without --config, on a simulated site',
  usage: `postern run [--config FILE]

  --config FILE   the site file of a real site, such as /etc/postern/site.toml

Without --config the simulated site of config/demo.toml is run: its devices are a program of their own that speaks the
real bytes. SIGTERM or Ctrl-C stops cleanly.
`,

  async run(argv, io) {
    const { values, positionals } = readArguments(argv, { config: { type: 'string' } });
    noMore(positionals);
    keepPausesShort();
    if (values.config === undefined) {
      const { runDemo } = await import('./demo.ts');
      await runDemo(io);
    } else {
      const { runDaemon, siteOf } = await import('../daemon.ts');
      await runDaemon(await siteOf(values.config), io.env, () => {});
    }
    return 0;
  },
};
