import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/core/manifest.ts';
import { changesBetween } from '../../src/supervisor/app-changes.ts';
import { MANIFEST } from '../support/scripted-files.ts';
import { BEN, BROKEN, stageWith, withManifest } from './given.ts';

const stage = stageWith(['blog']);

/** What the journal has of `blog` after `change`. */
async function changes(change: () => unknown) {
  const before = stage().journal().length;
  await change();
  await stage().settle();
  return stage()
    .journal()
    .slice(before)
    .flatMap(({ fact }) => (fact.type === 'AppUpdated' ? fact.changes : []));
}

describe('an update of an app', () => {
  it('has each value before and after', async () => {
    expect(
      await changes(() => stage().folders.put('blog', withManifest({ icon: '🐢', tool: true }))),
    ).toEqual([
      { field: 'ICON', before: '🖥️', after: '🐢' },
      { field: 'TOOL', before: null, after: 'blog' },
    ]);
    expect(
      await changes(() => stage().folders.put('blog', withManifest({ warnings: ['odd', 'old'] }))),
    ).toEqual([
      { field: 'ICON', before: '🐢', after: '🖥️' },
      { field: 'TOOL', before: 'blog', after: null },
      { field: 'WARNINGS', before: null, after: 'odd\nold' },
    ]);
    expect(await changes(() => stage().control.supervisor.stop({ name: 'blog' }, BEN))).toContainEqual({
      ...{ field: 'DESIRED_STATE', before: 'RUNNING', after: 'STOPPED' },
    });
    expect(await changes(() => stage().folders.put('blog', BROKEN))).toContainEqual({
      ...{ field: 'ERROR', before: null, after: 'Missing package.json' },
    });
  });

  it('names the script and the other settings of the manifest, and the revision grows', async () => {
    const { revision } = stage().app('blog');
    const health = {
      path: '/up',
      interval: 500,
      timeout: null,
      failures: null,
      startPeriod: null,
      userAgent: null,
    };
    const manifest = withManifest({ script: 'node other.js', install: false, health });
    expect(await changes(() => stage().folders.put('blog', manifest))).toEqual([
      { field: 'SCRIPT', before: MANIFEST.script, after: 'node other.js' },
      {
        field: 'MANIFEST',
        before: `{"health":${JSON.stringify(MANIFEST.health)},"install":true}`,
        after: `{"health":${JSON.stringify(health)},"install":false}`,
      },
    ]);
    expect(stage().app('blog').revision).toBe(revision + 1);
    expect(await changes(() => stage().folders.put('blog', { ...manifest }))).toEqual([]);
  });

  it('has a long value cut, so that the journal stays small', async () => {
    const [change] = await changes(() =>
      stage().folders.put('blog', withManifest({ script: `exec ${'x'.repeat(9_000)}` })),
    );
    expect(change?.after).toHaveLength(1_000);
    expect(change?.after).toMatch(/^exec x+…$/);
  });

  it('has no change for a setting that an earlier version did not write', () => {
    const app = stage().app('blog');
    const manifest: Manifest & { readonly added: null } = { ...MANIFEST, added: null };
    expect(changesBetween(app, { ...app, manifest })).toEqual([]);
  });
});
