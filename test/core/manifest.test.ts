import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_HEALTH } from '../../src/core/health-check.ts';
import { invalidJson, type Manifest, parseManifest, writtenManifest } from '../../src/core/manifest.ts';

function parsed(value: unknown): Manifest {
  const result = parseManifest(JSON.stringify(value));
  if (!result.ok) throw new Error(result.error);
  return result.manifest;
}

function withToes(toes: unknown): Manifest {
  return parsed({ scripts: { toes: 'node .' }, toes });
}

describe('what makes an app INVALID', () => {
  test.each([
    ['', 'Invalid JSON in package.json: Unexpected end of JSON input'],
    ['   ', 'Invalid JSON in package.json: '],
    ['{"name": ', 'Invalid JSON in package.json: '],
    ['{"scripts":{"toes":"x"}} // no', 'Invalid JSON in package.json: '],
    ['['.repeat(500_000), 'Invalid JSON in package.json: '],
  ])('A4: %.30j is not JSON, and the error says why', (text, error) => {
    const result = parseManifest(text);
    expect(result.ok ? '' : result.error).toContain(error);
    expect(result.ok ? '' : result.error).toMatch(/^Invalid JSON in package\.json: ./);
  });

  test('A4: the reason may quote the file, but hands no control characters on', () => {
    const result = parseManifest('{"a": \u001b[31m\n\u009b}');
    expect(result.ok ? '' : result.error).toContain('\\u001b[31m');
    expect(result.ok ? '' : result.error).not.toMatch(/\p{Cc}/u);
  });

  test.each(['null', '7', '"text"', '[]', '[{"scripts":{"toes":"x"}}]', 'true'])(
    'A4: the root %s is not an object',
    (text) => {
      expect(parseManifest(text)).toEqual({ ok: false, error: 'package.json is not an object' });
    },
  );

  test.each([
    {},
    { scripts: null },
    { scripts: 'toes' },
    { scripts: [] },
    { scripts: {} },
    { scripts: { start: '' } },
    { scripts: { start: 7 } },
    { scripts: { start: 'x'.repeat(501) } },
    { scripts: { toes: '' } },
    { scripts: { toes: ' \n' } },
  ])('A4: %j has no scripts.toes', (root) => {
    expect(parseManifest(JSON.stringify(root))).toEqual({
      ok: false,
      error: 'Missing scripts.toes in package.json',
    });
  });

  test.each([
    ['node server.js', '"toes": "node server.js"'],
    [' NODE_ENV=production node "my app.js"\n', '"toes": "NODE_ENV=production node \\"my app.js\\""'],
    ['next\u009b start', '"toes": "next\\u009b start"'],
  ])('A4: with scripts.start %j, the error names the line to add', (start, line) => {
    expect(parseManifest(JSON.stringify({ scripts: { start } }))).toEqual({
      ok: false,
      error: `Missing scripts.toes in package.json: add ${line} to "scripts"`,
    });
    // The line works as it stands there.
    const scripts = JSON.parse(`{${line}}`);
    expect(parseManifest(JSON.stringify({ scripts }))).toMatchObject({
      manifest: { script: start.trim() },
    });
  });

  test.each([true, [], ['x'], {}, 7, null])('B-18: scripts.toes: %j does not pass', (toes) => {
    expect(parseManifest(JSON.stringify({ scripts: { toes } }))).toEqual({
      ok: false,
      error: 'Missing scripts.toes in package.json',
    });
  });

  test('A4: a script that comes by way of __proto__ is none', () => {
    expect(parseManifest('{"__proto__":{"scripts":{"toes":"x"}}}').ok).toBe(false);
    expect(parseManifest('{"scripts":{"__proto__":{"toes":"x"}}}').ok).toBe(false);
  });

  test('A4: a script with a NUL gets a warning, since no command can hold one', () => {
    const result = parseManifest(JSON.stringify({ scripts: { toes: 'a\0b' } }));
    expect(result.ok ? '' : result.error).toContain('NUL');
  });
});

describe('every text has a length', () => {
  test('A5: a label that is too long is a warning', () => {
    expect(withToes({ tool: 'x'.repeat(200) }).tool).toBe('x'.repeat(200));
    const { tool, warnings } = withToes({ tool: 'x'.repeat(201) });
    expect(tool).toBeNull();
    expect(warnings).toEqual([
      `toes.tool in package.json must be true, false or a label of at most 200 characters; found the text "${'x'.repeat(40)}…": taken as no tool`,
    ]);
  });

  test('A4: a script that is too long is the app’s error', () => {
    const result = (length: number) =>
      parseManifest(JSON.stringify({ scripts: { toes: 'x'.repeat(length) } }));
    expect(result(65_536).ok).toBe(true);
    expect(result(65_537)).toEqual({
      ok: false,
      error:
        'scripts.toes in package.json has 65537 characters, and at most 65536 are taken: put them in a file, and run that',
    });
  });

  test('no warning is longer than 500 characters', () => {
    const text = '\u001f'.repeat(1_000);
    for (const warning of withToes({ icon: text, tool: text, health: text, api: text }).warnings)
      expect(warning.length).toBeLessThanOrEqual(500);
  });

  test('A4: a parser’s reason is cut', () => {
    expect(invalidJson('\n'.repeat(10_000))).toHaveLength('Invalid JSON in package.json: '.length + 500);
  });
});

describe('what an app may say', () => {
  test('A4: a byte-order mark is accepted', () => {
    expect(parseManifest('\uFEFF{"scripts":{"toes":"x"}}').ok).toBe(true);
  });

  test('A5: what stands where nothing is said', () => {
    expect(parsed({ scripts: { toes: 'node .' } })).toEqual({
      script: 'node .',
      icon: null,
      tool: null,
      health: DEFAULT_HEALTH,
      install: true,
      servesPort: true,
      restart: 'ON_FAILURE',
      startupTimeout: null,
      api: null,
      warnings: [],
    });
  });

  test('A5: everything said', () => {
    expect(
      withToes({
        icon: '🐾',
        tool: 'Editor',
        health: '/up?x=1',
        install: false,
        port: false,
        restart: 'always',
        startupTimeout: '2m',
        api: 'operator',
      }),
    ).toEqual({
      script: 'node .',
      icon: '🐾',
      tool: 'Editor',
      health: { ...DEFAULT_HEALTH, path: '/up?x=1' },
      install: false,
      servesPort: false,
      restart: 'ALWAYS',
      startupTimeout: 120_000,
      api: 'operator',
      warnings: [],
    });
    expect(withToes({ tool: true, health: false, install: true, port: true, api: 'viewer' })).toMatchObject({
      tool: true,
      health: false,
      install: true,
      servesPort: true,
      api: 'viewer',
      warnings: [],
    });
    expect(withToes({ tool: false })).toMatchObject({ tool: null, warnings: [] });
  });

  test('A5: a health check with times of its own; one wrong member leaves the others', () => {
    const health = {
      path: '/up',
      interval: 10,
      timeout: '500ms',
      failures: 5,
      startPeriod: '2m',
      userAgent: 'up 1',
    };
    const read = {
      path: '/up',
      interval: 10_000,
      timeout: 500,
      failures: 5,
      startPeriod: 120_000,
      userAgent: 'up 1',
    };
    expect(withToes({ health })).toMatchObject({ health: read, warnings: [] });
    expect(withToes({ health: {} })).toMatchObject({ health: DEFAULT_HEALTH, warnings: [] });
    expect(withToes({ health: { ...health, interval: 'often' } })).toMatchObject({
      health: { ...read, interval: null },
      warnings: [
        expect.stringMatching(/^toes\.health\.interval .*30s.*"often": the server's own setting is used$/),
      ],
    });
  });

  test('one that an earlier version wrote down means what it meant', () => {
    const now = parsed({ scripts: { toes: 'node .' } });
    const { health: _, restart: __, startupTimeout: ___, ...rest } = now;
    const old = (healthPath: string | false) => writtenManifest({ ...rest, healthPath });
    expect(old('/')).toEqual(now);
    expect(old('/up').health).toEqual({ ...DEFAULT_HEALTH, path: '/up' });
    expect(old(false).health).toBe(false);
    expect(writtenManifest(now)).toEqual(now);
  });

  test.each([
    [{ icon: 5 }, { icon: null }, 'toes.icon', 'found 5'],
    [{ icon: 'a text that is too long to be one' }, { icon: null }, 'toes.icon', 'default icon'],
    [{ icon: 'a\u001b' }, { icon: null }, 'toes.icon', '\\u001b'],
    [{ tool: 1 }, { tool: null }, 'toes.tool', 'found 1'],
    [{ tool: '' }, { tool: null }, 'toes.tool', 'found the text ""'],
    [{ tool: 'a\nb' }, { tool: null }, 'toes.tool', 'a\\nb'],
    [{ restart: 'sometimes' }, { restart: 'ON_FAILURE' }, 'toes.restart', '"sometimes"'],
    [{ restart: true }, { restart: 'ON_FAILURE' }, 'toes.restart', 'found true'],
    [{ restart: 'toString' }, { restart: 'ON_FAILURE' }, 'toes.restart', 'toString'],
    [{ startupTimeout: 0 }, { startupTimeout: null }, 'toes.startupTimeout', 'found 0'],
    [{ startupTimeout: '0.9s' }, { startupTimeout: null }, 'toes.startupTimeout', "the server's own setting"],
    [{ startupTimeout: 90_000 }, { startupTimeout: null }, 'toes.startupTimeout', '24 h'],
    [{ health: true }, { health: DEFAULT_HEALTH }, 'toes.health', 'found true'],
    [{ health: 'up' }, { health: DEFAULT_HEALTH }, 'toes.health', '"up"'],
    [{ health: '//other.example/' }, { health: DEFAULT_HEALTH }, 'toes.health', '//other.example'],
    [{ health: '/\\other.example' }, { health: DEFAULT_HEALTH }, 'toes.health', 'other.example'],
    [{ health: '/a b' }, { health: DEFAULT_HEALTH }, 'toes.health', '/a b'],
    [{ health: { path: 'up' } }, { health: DEFAULT_HEALTH }, 'toes.health.path', '"up"'],
    [{ health: { interval: 0 } }, { health: DEFAULT_HEALTH }, 'toes.health.interval', 'found 0'],
    [{ health: { timeout: '5 days' } }, { health: DEFAULT_HEALTH }, 'toes.health.timeout', '5 days'],
    [{ health: { failures: 1.5 } }, { health: DEFAULT_HEALTH }, 'toes.health.failures', 'found 1.5'],
    [{ health: { startPeriod: -1 } }, { health: DEFAULT_HEALTH }, 'toes.health.startPeriod', 'found -1'],
    [{ health: { userAgent: 'a\r\nb: c' } }, { health: DEFAULT_HEALTH }, 'toes.health.userAgent', 'b: c'],
    [{ health: { pathh: '/' } }, { health: DEFAULT_HEALTH }, 'toes.health', '"pathh"'],
    [{ install: 'no' }, { install: true }, 'toes.install', '"no"'],
    [{ port: 3005 }, { servesPort: true }, 'toes.port', 'found 3005'],
    [{ api: 'admin' }, { api: null }, 'toes.api', '"admin"'],
    [{ api: null }, { api: null }, 'toes.api', 'found null'],
    [{ tool: [] }, { tool: null }, 'toes.tool', 'found a list'],
    [{ tool: {} }, { tool: null }, 'toes.tool', 'found an object'],
  ])('A5: %j is a warning that says what was found', (toes, taken, field, words) => {
    const manifest = withToes(toes);
    expect(manifest).toMatchObject(taken);
    expect(manifest.warnings).toHaveLength(1);
    expect(manifest.warnings[0]).toContain(field);
    expect(manifest.warnings[0]).toContain(words);
  });

  test.each([['text'], [5], [null], [[]], [true]])('B-13: toes: %j is a warning', (toes) => {
    const manifest = withToes(toes);
    expect(manifest).toMatchObject({ icon: null, tool: null, servesPort: true });
    expect(manifest.warnings).toEqual([expect.stringContaining('toes in package.json must be an object')]);
  });

  test('A5: a warning quotes no more than the beginning of a long text', () => {
    const [warning] = withToes({ api: 'x'.repeat(100_000) }).warnings;
    expect(warning?.length).toBeLessThan(200);
    expect(warning).toContain('…');
  });

  test('A9: pretoes and posttoes get a warning, since they are not run', () => {
    const { warnings } = parsed({ scripts: { toes: 'x', pretoes: 'y', posttoes: 'z' } });
    expect(warnings).toEqual([
      'scripts.pretoes in package.json is not run',
      'scripts.posttoes in package.json is not run',
    ]);
  });
});

test('A4: no text makes it throw', () => {
  const toes = fc.dictionary(
    fc.constantFrom('icon', 'tool', 'health', 'install', 'port', 'api'),
    fc.jsonValue(),
  );
  const root = fc.record(
    {
      scripts: fc.oneof(fc.jsonValue(), fc.record({ toes: fc.string() })),
      toes: fc.oneof(toes, fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        root.map((value) => JSON.stringify(value)),
      ),
      (text) => {
        const result = parseManifest(text);
        expect(result.ok ? result.manifest.script.length : result.error.length).toBeGreaterThan(0);
      },
    ),
  );
});
