// Opens a database and tells what came of it: `opens.ts <file>`.
import { DatabaseError, openStores } from '../../../db/index.ts';

try {
  openStores(process.argv[2] ?? '', { now: Date.now }).close();
  console.log(JSON.stringify({ code: 'OPENED' }));
} catch (error) {
  if (!(error instanceof DatabaseError)) throw error;
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
