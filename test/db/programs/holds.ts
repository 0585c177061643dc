// Takes a state directory and holds it until it is ended: `holds.ts <directory>`. Tells when it has it.
import { lockStateDirectory } from '../../../db/index.ts';

lockStateDirectory(process.argv[2] ?? '');
process.stdout.write('held\n');
process.stdin.resume();
