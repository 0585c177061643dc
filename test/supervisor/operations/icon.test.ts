import { describe, expect, it } from 'vitest';
import { BEN, BROKEN, ends, eventsOf, NEW, OLD, stageWith, WAIT, withManifest } from '../given.ts';

const stage = stageWith(['blog']);
const blog = { name: 'blog' };
const set = (icon: string | null) => stage().control.supervisor.setIcon(blog, icon, BEN);

describe('A19: setIcon', () => {
  it('writes it, and the app and the event have it at once', async () => {
    const { revision } = stage().app('blog');
    expect(await set('🦊')).toMatchObject({ ok: true, value: { icon: '🦊' } });
    expect(stage().app('blog').icon).toBe('🦊');
    expect(stage().app('blog').revision).toBeGreaterThan(revision);
    expect(eventsOf(stage(), 'blog').at(-1)).toBe('AppUpdated ICON');
    expect(stage().journal().at(-1)?.actor).toBe('ben');
    expect(await stage().folders.files.look('blog')).toMatchObject({
      manifest: { manifest: { icon: '🦊' } },
    });
    expect(stage().stores.apps.all()[0]?.intent).toBeNull();
  });

  it('has one event: the watcher finds nothing new', async () => {
    await set('🦊');
    const { length } = stage().journal();
    stage().folders.put('blog');
    await stage().settle();
    expect(stage().journal()).toHaveLength(length);
  });

  it('null restores the default', async () => {
    await set('🦊');
    expect(await set(null)).toMatchObject({ ok: true, value: { icon: '🖥️' } });
  });

  it('starts and stops nothing', async () => {
    const { run } = stage().app('blog');
    await set('🦊');
    await stage().settle();
    expect(stage().app('blog').run).toEqual(run);
    await ends(stage(), 'blog', 1);
    const { restart } = stage().app('blog');
    await set('🐢');
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', restart, icon: '🐢' });
    await stage().control.supervisor.stop(blog, WAIT);
    await set('🐙');
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', icon: '🐙' });
  });

  for (const icon of ['', ' ', 'a\nb', '\u0007', 'x'.repeat(17), '\ud83e']) {
    it(`B-13: refuses ${JSON.stringify(icon)}, and writes nothing`, async () => {
      const { length } = stage().journal();
      const answer = await set(icon);
      expect(answer).toMatchObject({ ok: false, error: { code: 'ICON_INVALID', path: ['icon'] } });
      expect(stage().journal()).toHaveLength(length);
      expect(stage().app('blog').icon).toBe('🖥️');
    });
  }

  it('of an invalid app fails with the reason', async () => {
    stage().folders.put('blog', BROKEN);
    await stage().settle();
    expect(await set('🦊')).toEqual({
      ok: false,
      error: { code: 'APP_INVALID', message: 'Missing package.json' },
    });
  });

  it('that cannot be written changes nothing', async () => {
    stage().folders.failNext('writeIcon', 'EACCES: permission denied');
    expect(await set('🦊')).toEqual({
      ok: false,
      error: { code: 'OPERATION_FAILED', message: 'Nothing has changed: EACCES: permission denied' },
    });
    expect(stage().app('blog').icon).toBe('🖥️');
    expect(stage().stores.apps.all()[0]?.intent).toBeNull();
  });

  it('that is written but cannot be committed is reported as written', async () => {
    stage().folders.before('look', () => {
      stage().full = true;
    });
    expect(await set('🦊')).toEqual({
      ok: false,
      error: {
        code: 'OPERATION_FAILED',
        message:
          'package.json has the icon; the app shows it at the next look at it (database or disk is full)',
      },
    });
    expect((await stage().folders.files.look('blog'))?.manifest).toMatchObject({ manifest: { icon: '🦊' } });
  });

  it('of an app that became invalid keeps the icon that it had', async () => {
    stage().folders.put('blog', withManifest({ icon: '🐢' }));
    stage().folders.put('blog', BROKEN);
    await stage().clock.advance(5_000);
    expect(stage().app('blog')).toMatchObject({ state: 'INVALID', icon: '🐢' });
  });

  it('during an activation leaves the intent of the activation alone', async () => {
    stage().folders.put('blog', { release: OLD });
    await stage().settle();
    stage().driver.behave('*', { start: 'silent' });
    await stage().control.supervisor.activateRelease(blog, NEW, BEN);
    const { intent } = stage().stores.apps.all()[0] ?? {};
    expect(intent).toMatchObject({ operation: 'ACTIVATE' });
    await set('🦊');
    expect(stage().stores.apps.all()[0]?.intent).toEqual(intent);
  });
});
