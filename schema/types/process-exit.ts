import { builder } from '../builder.ts';
import { ProcessExit } from '../refs.ts';
import { ExitReason } from './exit-reason.ts';

builder.objectType(ProcessExit, {
  description: 'How a run ended.',
  fields: (t) => ({
    code: t.exposeInt('code', {
      nullable: true,
      description: 'The exit status; 128+n for a signal, as a shell says it. Null where nobody could know.',
    }),
    signal: t.exposeString('signal', {
      nullable: true,
      description:
        'The signal’s name for 128+n; the one that was sent, where the supervisor killed it. Else null.',
    }),
    reason: t.expose('reason', { type: ExitReason, description: 'What brought the end about.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it ended.' }),
  }),
});
