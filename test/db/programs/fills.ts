// Writes until it cannot, then tells what came of that: `fills.ts <file>`.
import { openStores } from '../../../db/index.ts';
import { aMark } from '../rows.ts';

const stores = openStores(process.argv[2] ?? '', { now: Date.now });
let error: unknown = null;
while (!error) {
  try {
    stores.marks.append(Array.from({ length: 50 }, () => aMark(1, { tail: Buffer.alloc(32) })));
  } catch (thrown) {
    error = thrown;
  }
}
const kept = stores.marks.scan({ apps: null, after: 0, before: null, limit: 1e9, forward: true }).length;
console.log(
  JSON.stringify({
    isError: error instanceof Error,
    message: String(error),
    kept,
    last: stores.marks.last(),
  }),
);
stores.close();
