// Makes a database of the newest migration, with rows in every table, for the test that opens old ones:
// `npx tsx test/db/history/make.ts`, once after each new migration; an older file is never made again.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openStores } from '../../../db/index.ts';
import journal from '../../../db/migrations/meta/_journal.json' with { type: 'json' };
import { aMark, anApp, anAuditEntry, anEndedRun, anEvent, aRun, aToken } from '../rows.ts';

const tag = journal.entries.at(-1)?.tag ?? '';
const file = fileURLToPath(new URL(`./${tag}.db`, import.meta.url));
if (existsSync(file)) throw new Error(`${file} is there already: make the migration first, then its file`);

const stores = openStores(file, { now: () => 1_000 });
const blog = stores.apps.insert(anApp('blog'));
stores.apps.insert(anApp('shop', { manifest: null, release: null, directory: null, missingSince: 2_000 }));
stores.runs.save(anEndedRun(1, blog.id));
stores.runs.save(aRun(2, blog.id));
stores.ports.assign(blog.id, 3001, 1_000);
stores.installs.set(`${blog.directory}`, 'key', 1_000);
stores.events.append([anEvent(null), anEvent(blog.id)]);
stores.marks.append([
  aMark(blog.id, { run: 1, at: 9_000_000 }),
  // The clock was set back.
  aMark(blog.id, { run: 2, at: 1_000 }),
  aMark(blog.id, { run: 2, at: 2_000, from: 12, to: 24, stream: 'STDERR' }),
]);
stores.marks.prune(blog.id, 1, []);
stores.tokens.insert(aToken('aaaaaaaaaa'));
stores.tokens.insert(aToken('bbbbbbbbbb', { kind: 'SESSION', parent: 'aaaaaaaaaa', expiresAt: 9_000 }));
stores.tokens.revoke('bbbbbbbbbb', 5_000);
stores.audit.append(anAuditEntry());
stores.audit.finish(stores.audit.append(anAuditEntry({ action: 'stopApp' })), 'OK', 2_000);
stores.close();
console.log(file);
