// Revokes a token and is killed in the same breath: `revokes-and-dies.ts <state directory> <id>`.
import { openAccessStores } from '../../db/index.ts';

const [, , stateDir = '', id = ''] = process.argv;
if (openAccessStores(stateDir).tokens.revoke(id, 5_000)) process.kill(process.pid, 'SIGKILL');
