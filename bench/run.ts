import type { BenchLine } from './bench-line.ts';

/** Every benchmark; each has `run(): Promise<BenchLine[]>`. Names on the command line choose some: `npm run bench -- decide`. */
const all = [
  'decide',
  'table-swap',
  'schedule',
  'refusal-timing',
  'api',
  'card-to-lock',
  'card-under-load',
  'revoke',
  'commits',
  'start-up',
  'memory',
  'modbus',
  'osdp-bus',
  'program-codes',
  'feed',
  'restore',
];

const chosen = process.argv.length > 2 ? process.argv.slice(2) : all;
const unknown = chosen.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark named ${unknown.join(', ')}; there are: ${all.join(', ')}`);
  process.exit(2);
}
console.log('| goal | what | target | measured | met |\n|---|---|---|---|---|');
for (const name of chosen) {
  const bench: { run(): Promise<BenchLine[]> } = await import(`./${name}.ts`);
  for (const { goal, what, target, measured, met } of await bench.run()) {
    console.log(
      `| ${goal} | ${what} | ${target} | ${measured} | ${met === null ? '-' : met ? 'yes' : 'NO'} |`,
    );
  }
}
