import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ROOMS = ['src', 'schema', 'db', 'client', 'test', 'scripts', 'bench'];
const ROW = /(?<![\w-])(?:A\d{1,2}|B-\d{1,2})(?![\w-])/g;

const page = await readFile(join(ROOT, 'docs/behavior.md'), 'utf8');
const rows = [...page.matchAll(/^(?:### (A\d+): |- \*\*(B-\d+)\*\*: )/gm)].map(([, a, b]) => a ?? b ?? '');
const sources = await Promise.all(
  (
    await Promise.all(
      ROOMS.map((room) => readdir(join(ROOT, room), { recursive: true, withFileTypes: true })),
    )
  )
    .flat()
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('generated'),
    )
    .map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return { path: path.slice(ROOT.length), text: await readFile(path, 'utf8') };
    }),
);

/** The titles of a file: the first argument of every `describe`, `it`, and `test`, also of their `each`. */
function titles(path: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(?:describe|it|test)\b/.test(node.expression.getText())) {
      const [title] = node.arguments;
      if (title && (ts.isStringLiteralLike(title) || ts.isTemplateExpression(title)))
        found.push(title.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

const tests = sources.filter(({ path }) => path.startsWith('test/'));
const cited = tests.flatMap(({ path, text }) =>
  titles(path, text).flatMap((title) =>
    [...title.matchAll(ROW)].map(([id]) => ({ id, where: `${path}: ${title}` })),
  ),
);

test('every row of docs/behavior.md has its number in order, and at least one test', () => {
  expect(rows).toEqual([
    ...Array.from({ length: 21 }, (_, index) => `A${index + 1}`),
    ...Array.from({ length: 31 }, (_, index) => `B-${index + 1}`),
  ]);
  const shown = new Set(cited.map(({ id }) => id));
  expect(rows.filter((id) => !shown.has(id))).toEqual([]);
});

test('every row that a test title cites exists', () => {
  expect(cited.filter(({ id }) => !rows.includes(id)).map(({ where }) => where)).toEqual([]);
});

test('every row that a comment cites exists', () => {
  const comments = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/docs\/behavior\.md ([A-Z][\w-]*(?:, [A-Z][\w-]*)*)/g)].flatMap(([, ids = '']) =>
      ids.split(', ').map((id) => ({ id, path })),
    ),
  );
  expect(comments.length).toBeGreaterThan(30);
  expect(comments.filter(({ id }) => !rows.includes(id))).toEqual([]);
});
