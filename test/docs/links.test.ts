import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

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
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const broken: string[] = [];
  for (const link of links.filter((one) => !/^https?:/.test(one))) {
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
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
