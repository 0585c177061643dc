import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { anApp, anEndedRun, anEvent, aRun, LIFECYCLE } from '../rows.ts';
import { openTemporary, temporaryDirectory } from '../support.ts';

describe('apps', () => {
  test('an app is kept as it was given, over a restart too', () => {
    const file = join(temporaryDirectory(), 'toehold.db');
    const first = openTemporary(file);
    const blog = first.apps.insert(anApp('blog'));
    const bare = first.apps.insert(
      anApp('bare', { identity: null, manifest: null, release: null, directory: null, missingSince: 5 }),
    );
    expect(first.apps.all()).toEqual([blog, bare]);
    first.close();
    const second = openTemporary(file);
    expect(second.apps.all()).toEqual([blog, bare]);
    expect(blog).toEqual({ ...anApp('blog'), id: blog.id });
  });

  test('an update replaces all of it', () => {
    const { apps } = openTemporary();
    const blog = apps.insert(anApp('blog'));
    const other = apps.insert(anApp('other'));
    const changed = {
      ...blog,
      ...anApp('weblog', { revision: 9, identity: '8:1:1', manifest: null, release: null, directory: '/x' }),
      lifecycle: {
        ...LIFECYCLE,
        desired: 'STOPPED' as const,
        phase: { kind: 'STOPPED' as const, needsPort: false },
      },
    };
    apps.update(changed);
    expect(apps.all()).toEqual([changed, other]);
  });

  test('a name is taken once', () => {
    const { apps } = openTemporary();
    apps.insert(anApp('blog'));
    const other = apps.insert(anApp('other'));
    expect(() => apps.insert(anApp('blog'))).toThrow('UNIQUE');
    expect(() => apps.update({ ...other, name: 'blog' })).toThrow('UNIQUE');
    expect(apps.all().map((app) => app.name)).toEqual(['blog', 'other']);
  });

  test('a removed app goes with its runs and its port, its events stay, and its id is not given again', () => {
    const { apps, runs, ports, events } = openTemporary();
    const kept = apps.insert(anApp('kept'));
    const gone = apps.insert(anApp('gone'));
    for (const app of [kept, gone]) {
      runs.save(aRun(app.id, app.id));
      ports.assign(app.id, 3000 + app.id, 1);
      events.append([anEvent(app.id)]);
    }
    runs.save(anEndedRun(7, gone.id));
    apps.remove(gone.id);
    expect(apps.all()).toEqual([kept]);
    expect(runs.live().map((run) => run.app)).toEqual([kept.id]);
    expect(runs.get(7)).toBeNull();
    expect(ports.all().map((lease) => lease.app)).toEqual([kept.id]);
    expect(events.last()).toBe(2);
    expect(events.get(2)?.app?.id).toBe(gone.id);
    expect(apps.insert(anApp('gone')).id).toBeGreaterThan(gone.id);
  });

  test('an update of a removed app does not bring it back', () => {
    const { apps } = openTemporary();
    const gone = apps.insert(anApp('gone'));
    apps.remove(gone.id);
    apps.update(gone);
    expect(apps.all()).toEqual([]);
  });
});

describe('the run of an app', () => {
  const PHASE = { kind: 'ENDING', why: 'COMMAND', next: { kind: 'REST' }, killed: false } as const;

  test('is stored once, and is the app’s again after a restart', () => {
    const file = join(temporaryDirectory(), 'toehold.db');
    const { apps, runs, close } = openTemporary(file);
    const blog = apps.insert(anApp('blog'));
    const run = aRun(1, blog.id, { phase: 'ENDING', pid: 4711 });
    const ending = { ...blog, lifecycle: { ...LIFECYCLE, phase: { ...PHASE, run } } };
    apps.update(ending);
    runs.save(run);
    expect(apps.all()).toEqual([ending]);
    close();
    const database = new SQLite(file, { readonly: true });
    const row = database.prepare('SELECT desired, phase, lifecycle FROM apps').get();
    database.close();
    expect(row).toMatchObject({ desired: LIFECYCLE.desired, phase: 'ENDING' });
    expect(JSON.parse((row as { lifecycle: string }).lifecycle).phase).toEqual({ ...PHASE, run: { id: 1 } });
    expect(openTemporary(file).apps.all()).toEqual([ending]);
  });

  test('that is gone from the table leaves an app that can be started', () => {
    const { apps, runs } = openTemporary();
    const blog = apps.insert(anApp('blog'));
    const run = aRun(1, blog.id);
    apps.update({ ...blog, lifecycle: { ...LIFECYCLE, phase: { ...PHASE, run } } });
    runs.remove(run.id);
    expect(apps.all()[0]?.lifecycle.phase).toEqual({ kind: 'STOPPED', needsPort: false });
  });

  test('that an earlier version kept a copy of in the phase is stored once from now on', () => {
    const file = join(temporaryDirectory(), 'toehold.db');
    copyFileSync(fileURLToPath(new URL('../history/0005_directory_identity.db', import.meta.url)), file);
    const old = new SQLite(file);
    const run = aRun(2, 1);
    const lifecycle = { ...LIFECYCLE, phase: { ...PHASE, run } };
    old.prepare('UPDATE apps SET lifecycle = ? WHERE id = 1').run(JSON.stringify(lifecycle));
    old.close();
    expect(openTemporary(file).apps.all()[0]?.lifecycle).toEqual(lifecycle);
    const now = new SQLite(file, { readonly: true });
    const phase = now.prepare(`SELECT json_extract(lifecycle, '$.phase.run') FROM apps WHERE id = 1`).pluck();
    expect(phase.get()).toBe('{"id":2}');
    now.close();
  });
});
