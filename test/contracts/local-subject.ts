import type { RunSpec } from '../../src/contracts/driver.ts';
import { freePort, type LocalDriverHarness } from '../support/local-driver.ts';
import { program, programPath } from '../support/programs.ts';
import type { ContractBehaviour, DriverSubject } from './driver.contract.ts';

/** The local driver, with real programs. */
export function localSubject(harness: LocalDriverHarness): DriverSubject {
  return {
    driver: harness.driver,
    events: harness.events,
    spec: (behaviour) => specOf(harness, behaviour),
    async exitNow(spec, code) {
      await fetch(`http://127.0.0.1:${spec.port}/exit/${code}`);
    },
    successor: async () => localSubject(await harness.successor()),
    cleanup: () => harness.cleanup(),
  };
}

async function specOf(harness: LocalDriverHarness, behaviour: ContractBehaviour): Promise<RunSpec> {
  const port = await freePort();
  switch (behaviour) {
    case 'serves':
      return harness.spec(program('serve'), { port });
    case 'works without a port':
      return harness.spec(program('idle'));
    case 'exits with 3':
      return harness.spec('exit 3', { port });
    case 'ignores SIGTERM':
      return harness.spec(program('serve', '--on-term', 'ignore'), { port });
    case 'leaves a process that ignores SIGTERM':
      return harness.spec(program('grandchild', '--', 'serve', '--on-term', 'ignore'), { port });
    case 'cannot be started': {
      const spec = await harness.spec('true', { port, install: false });
      return { ...spec, releaseDirectory: `${spec.releaseDirectory}/gone` };
    }
    case 'has an installation that fails':
      return harness.spec('true', { port, files: installedBy('process.exit(1)') });
    case 'has an installation that hangs':
      return harness.spec('true', { port, files: installedBy(`import('${programPath('idle')}')`) });
  }
}

/** A real npm that has nothing to fetch, and runs a lifecycle script. */
function installedBy(script: string): Readonly<Record<string, string>> {
  const manifest = {
    name: 'app',
    version: '1.0.0',
    packageManager: 'npm@11.0.0',
    scripts: { toes: 'true', preinstall: 'node install.mjs' },
    dependencies: { app: 'file:.' },
  };
  return { 'package.json': JSON.stringify(manifest), 'install.mjs': script };
}
