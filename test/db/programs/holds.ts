// Takes a state directory and holds it until it is ended: `holds.ts <directory>`. Tells when it has it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { lockStateDirectory } from '../../../db/index.ts';

lockStateDirectory(process.argv[2] ?? '');
// Nobody has kept the answer: the lock must not depend on it.
setFlagsFromString('--expose-gc');
runInNewContext('gc')();
process.stdout.write('held\n');
process.stdin.resume();
