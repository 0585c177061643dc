import { join } from 'node:path/posix';

/** A link of a page to another file of the repository. */
export interface RelativeLink {
  readonly link: string;
  /** From the root of the repository; without a slash at its end. */
  readonly path: string;
  /** The heading that it leads to. */
  readonly anchor: string | undefined;
}

/** The links of a Markdown page that lead to no other site. @param page its path from the root of the repository */
export function relativeLinksOf(page: string, text: string): RelativeLink[] {
  const inMarkdown = [...text.matchAll(/\]\(([^)\s]+)[^)]*\)/g)];
  const inHtml = [...text.matchAll(/<(?:a|img)\b[^>]*?\b(?:href|src)="([^"]+)"/g)];
  return [...inMarkdown, ...inHtml].flatMap(([, link = '']) => {
    if (/^[a-z]+:/i.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const from = path === '' ? page : join(page, '..', path);
    return [{ link, path: from.replace(/\/$/, ''), anchor }];
  });
}
