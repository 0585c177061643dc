import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { relativeLinksOf } from './links.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function pagesOf(directory: string): Promise<string[]> {
  const names = await readdir(join(ROOT, directory));
  return names.filter((name) => name.endsWith('.md')).map((name) => join(directory, name));
}

/** The anchor that GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
    .replaceAll(' ', '-');
}

const PAGES = [
  ...(await pagesOf('.')),
  ...(await pagesOf('docs')),
  ...(await pagesOf('examples/ui-starter')),
];

test.each(PAGES)('every link of %s leads to a file and a heading that exist', async (page) => {
  const text = await readFile(join(ROOT, page), 'utf8');
  const broken: string[] = [];
  for (const { link, path, anchor } of relativeLinksOf(page, text)) {
    const file = join(ROOT, path);
    if (!(await stat(file).catch(() => null))) broken.push(link);
    else if (anchor !== undefined) {
      const headings = [...(await readFile(file, 'utf8')).matchAll(/^#+ (.*)$/gm)].map(
        ([, title = '']) => title,
      );
      if (!headings.map(anchorOf).includes(anchor)) broken.push(link);
    }
  }
  expect(broken).toEqual([]);
});

test('every link of the pages in the published package leads to something that is in it', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    maxBuffer: 2 ** 26,
  });
  // npm has printed both an array and an object with the name of the package.
  const [pack] = Object.values(JSON.parse(stdout)) as { files: { path: string }[] }[];
  const files = pack?.files.map(({ path }) => path) ?? [];
  const has = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
  const pages = files.filter((file) => file.endsWith('.md') && !file.startsWith('dist/'));
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/clients.md']));
  const broken: string[] = [];
  for (const page of pages) {
    const links = relativeLinksOf(page, await readFile(join(ROOT, page), 'utf8'));
    broken.push(...links.filter(({ path }) => !has(path)).map(({ link }) => `${page}: ${link}`));
  }
  expect(broken).toEqual([]);
});
