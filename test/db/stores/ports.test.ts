import { describe, expect, test } from 'vitest';
import { anApp } from '../rows.ts';
import { openTemporary } from '../support.ts';

describe('ports', () => {
  test('A17: an app has one port, and a port one app', () => {
    const { apps, ports } = openTemporary();
    const [blog, shop] = [apps.insert(anApp('blog')).id, apps.insert(anApp('shop')).id];
    const lease = ports.assign(shop, 3002, 10);
    expect(lease).toEqual({ id: lease.id, port: 3002, app: shop, assignedAt: 10 });
    ports.assign(blog, 3001, 11);
    expect(ports.all().map((each) => [each.port, each.app])).toEqual([
      [3001, blog],
      [3002, shop],
    ]);
    expect(() => ports.assign(blog, 3002, 12)).toThrow('UNIQUE');
    expect(ports.ofApp(blog)?.port).toBe(3001);
    expect(ports.assign(blog, 3005, 13)).toMatchObject({ port: 3005, assignedAt: 13 });
    expect(ports.all().map((each) => each.port)).toEqual([3002, 3005]);
  });

  test('a failed assignment within a transaction leaves the rest of it to go on', () => {
    const { apps, ports, transaction } = openTemporary();
    const [blog, shop] = [apps.insert(anApp('blog')).id, apps.insert(anApp('shop')).id];
    ports.assign(shop, 3001, 1);
    transaction(() => {
      expect(() => ports.assign(blog, 3001, 1)).toThrow('UNIQUE');
      ports.assign(blog, 3002, 1);
    });
    expect(ports.ofApp(blog)?.port).toBe(3002);
  });

  test('what was rolled back is forgotten', () => {
    const { apps, ports, transaction } = openTemporary();
    const [blog, shop] = [apps.insert(anApp('blog')).id, apps.insert(anApp('shop')).id];
    ports.assign(blog, 3001, 1);
    expect(() =>
      transaction(() => {
        ports.release(blog);
        ports.assign(shop, 3001, 2);
        expect(ports.all().map(({ app }) => app)).toEqual([shop]);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(ports.all().map(({ app, port }) => [app, port])).toEqual([[blog, 3001]]);
    expect(ports.ofApp(shop)).toBeNull();
  });

  test('a port that was given back is free', () => {
    const { apps, ports } = openTemporary();
    const [blog, shop] = [apps.insert(anApp('blog')).id, apps.insert(anApp('shop')).id];
    ports.assign(blog, 3001, 1);
    expect(ports.release(blog)).toBe(3001);
    expect(ports.release(blog)).toBeNull();
    expect(ports.ofApp(blog)).toBeNull();
    expect(ports.assign(shop, 3001, 2).port).toBe(3001);
  });
});
