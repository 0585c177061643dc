import { builder } from '../builder.ts';
import './about.ts';
import './access.ts';
import './apps.ts';
import './ports.ts';

builder.queryType({
  description: 'What is so now: the apps, their runs, lines, ports and events. Reading changes nothing.',
});
