// Commits the same number in three tables, again and again, and tells each that is committed: `commits.ts <file>`.
import { writeSync } from 'node:fs';
import { openStores } from '../../../db/index.ts';
import { aMark, anApp, anEvent } from '../rows.ts';

const stores = openStores(process.argv[2] ?? '', { now: Date.now });
let app = stores.apps.all()[0] ?? stores.apps.insert(anApp('blog', { revision: 0 }));

for (;;) {
  stores.transaction(() => {
    const revision = app.revision + 1;
    stores.events.append([anEvent(app.id, { at: revision })]);
    app = { ...app, revision };
    stores.apps.update(app);
    stores.marks.append([aMark(app.id, { to: revision })]);
  });
  tell(`${app.revision}\n`);
}

/** The pipe may be full while the reader is busy; what is told must be told all the same. */
function tell(text: string): void {
  for (let rest = text; rest !== ''; ) {
    try {
      rest = rest.slice(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
