import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { program } from '../support/programs.ts';
import { appIn, ask, makeDataDir, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';

/** Makes every sync of a file fail while FAILING_DISK is there, after the write, as a dying disk does. */
const FAILING_DISK = `
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/syscall.h>
static int refuses(void) { const char *flag = getenv("FAILING_DISK"); return flag && access(flag, F_OK) == 0; }
int fdatasync(int fd) { if (refuses()) { errno = EIO; return -1; } return syscall(SYS_fdatasync, fd); }
int fsync(int fd) { if (refuses()) { errno = EIO; return -1; } return syscall(SYS_fsync, fd); }
`;

interface Journal {
  readonly events: { readonly nodes: readonly { readonly __typename: string; readonly appName?: string }[] };
}

// LD_PRELOAD is of Linux.
test.runIf(process.platform === 'linux')(
  'a disk that confirms nothing: what is committed is said once, and that it may not last',
  async () => {
    const { path, appsDir } = await makeDataDir();
    const [source, library, flag] = [join(path, 'disk.c'), join(path, 'disk.so'), join(path, 'failing')];
    await writeFile(source, FAILING_DISK);
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, source]);
    await writeAppFolder(appsDir, 'web', { script: program('serve') });
    const server = await serve({ dataDir: path, env: { LD_PRELOAD: library, FAILING_DISK: flag } });
    const url = await server.ready();
    await appIn(url, 'web', 'RUNNING');

    await writeFile(flag, '');
    await writeAppFolder(appsDir, 'late', { script: program('serve') });
    // Its row, its port and its run are each committed, and each is refused a place on the disk.
    await appIn(url, 'late', 'RUNNING');
    const ready = await fetch(new URL('/readyz', url));
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('The disk did not confirm what was committed');
    const { data } = await ask<{ done: { message: string } }>(
      url,
      'mutation { done: stopApp(input: { app: { name: "late" }, wait: true }) { ... on Error { message } } }',
    );
    expect(data.done.message).toMatch(/^It is done, and not known yet to last\. The disk did not confirm/);
    await appIn(url, 'late', 'STOPPED');

    await rm(flag);
    await until(async () => (await fetch(new URL('/readyz', url))).status === 200, 'the disk confirms all');
    const journal = await ask<Journal>(
      url,
      '{ events(last: 100) { nodes { __typename ... on AppEvent { appName } } } }',
    );
    const ofLate = journal.data.events.nodes.filter(({ appName }) => appName === 'late');
    for (const type of ['AppAddedEvent', 'PortAssignedEvent'])
      expect(
        ofLate.filter(({ __typename }) => __typename === type),
        JSON.stringify(ofLate),
      ).toHaveLength(1);
  },
  60_000,
);
