import type { Stray as StrayView } from '../../src/contracts/discovery.ts';
import { strayTexts } from '../../src/core/stray-texts.ts';
import { builder } from '../builder.ts';
import { listWeight } from '../relay.ts';

const Stray = builder.objectRef<StrayView>('Stray').implement({
  description:
    'A directory in the directory of the apps that is not an app, most often because it has no directory `current`. The server ignores it until it is an app.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the directory.' }),
    reason: t.exposeString('reason', {
      description: 'Why it is not an app: a sentence in English without a period at the end.',
    }),
    advice: t.string({
      description: 'What to do: a sentence in English without a period at the end.',
      resolve: (stray) => strayTexts(stray, 'toehold').advice,
    }),
    command: t.string({
      nullable: true,
      description:
        'The command that makes it an app, to be run on the machine of the server. Null if the directory must be changed by hand first, as `advice` says.',
      resolve: ({ name, adopt }) => (adopt === name ? `toehold adopt ${name}` : null),
    }),
  }),
});

builder.queryField('strays', (t) =>
  t.field({
    type: [Stray],
    authScopes: { role: 'VIEWER' },
    description:
      'The directories in the directory of the apps that are not apps, ordered by name. Directories whose names begin with a dot are left out.',
    complexity: (_args, { supervisor }) => listWeight(supervisor.strays().length, 1_000, 1),
    resolve: (_root, _args, { supervisor }) => [...supervisor.strays()],
  }),
);
