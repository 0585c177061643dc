// npm run bench -- <name>: runs the benchmark of that name and prints its table.

const BENCHMARKS: Readonly<Record<string, () => Promise<{ run: () => Promise<void> }>>> = {
  logs: () => import('./logs.ts'),
};

async function main(): Promise<void> {
  const name = process.argv[2] ?? '';
  const load = BENCHMARKS[name];
  if (!load) {
    console.error(`There is no benchmark "${name}": say one of ${Object.keys(BENCHMARKS).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  await (await load()).run();
}

void main();
