import { parse, print } from 'graphql';

/** An operation in a page, with its answer. */
const EXAMPLE = /```graphql\n([\s\S]*?)```\n(?:\n```json\n[\s\S]*?```\n)?/g;
const STRING_LIMIT = 110;

/** Fixed values in the page for fields that differ between servers. */
const STANDS_FOR: Readonly<Record<string, unknown>> = {
  ...{
    pid: 4711,
    memoryBytes: 48234496,
    cpuPercent: 0.4,
    revision: 12,
    version: '0.1.0',
    command: 'node server.js',
  },
  ...{ appsDir: '/srv/toehold/apps', directory: '/srv/toehold/apps/status', free: 98 },
};
const TIME = '2026-05-03T10:15:00.000Z';
const CURSOR = 'Y3Vyc29y';
const TOKEN = 'k3v9x2a7qd';

export interface Runner {
  /** The whole answer of a query or a mutation. */
  ask(operation: string): Promise<unknown>;
  /** The first payload of a subscription that has content, as `{ data }`. */
  first(operation: string): Promise<unknown>;
}

/** The page with every operation formatted and run, and with its current answer. */
export async function withAnswers(page: string, runner: Runner): Promise<string> {
  const seen = { cursor: CURSOR, token: TOKEN, text: '' };
  let filled = '';
  let end = 0;
  for (const match of page.matchAll(EXAMPLE)) {
    const [all, operation = ''] = match;
    const asked = operation.replaceAll(CURSOR, seen.cursor).replaceAll(TOKEN, seen.token);
    const answer = operation.startsWith('subscription') ? await runner.first(asked) : await runner.ask(asked);
    const shown = JSON.stringify(answer, (key, value) => forEveryServer(key, value), 2);
    remember(answer);
    filled += `${page.slice(end, match.index)}\`\`\`graphql\n${print(parse(operation))}\n\`\`\`\n\n\`\`\`json\n${shown}\n\`\`\`\n`;
    end = match.index + all.length;
  }
  return filled + page.slice(end);

  /** A placeholder in a later operation stands for the last value of its kind. */
  function remember(answer: unknown): void {
    const text = JSON.stringify(answer);
    seen.cursor = /"eventCursor":"([^"]+)"/.exec(text)?.[1] ?? seen.cursor;
    seen.token = /"token":\{"id":"([^"]+)"/.exec(text)?.[1] ?? seen.token;
  }
}

function forEveryServer(key: string, value: unknown): unknown {
  if (value === null || typeof value === 'object') return value;
  if (/cursor$/i.test(key)) return CURSOR;
  // Of a directory that is no app, not of the process that holds a port.
  const isOwn = typeof value === 'string' && value.startsWith('toehold ');
  if (key in STANDS_FOR && !isOwn) return STANDS_FOR[key];
  if (typeof value !== 'string') return value;
  return value
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, TIME)
    .replace(/toe_[a-z0-9]{10}_[\w-]{43}/, `toe_${TOKEN}_${'x'.repeat(43)}`)
    .replace(/^[a-z0-9]{10}$/, (text) => (key === 'id' ? TOKEN : text))
    .replace(/\bonce=[\w-]+/, `once=${'x'.repeat(43)}`)
    .replace(/("id":")[a-z0-9]{10}"/, `$1${TOKEN}"`)
    .replace(/pid \d+/g, 'pid 4711')
    .slice(0, STRING_LIMIT * 4);
}
