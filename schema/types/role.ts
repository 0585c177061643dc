import { builder } from '../builder.ts';

export const Role = builder.enumType('Role', {
  description: 'What a caller may do; each role includes those before it.',
  values: {
    VIEWER: { description: 'Read everything, logs included.' },
    OPERATOR: { description: 'Start, stop and restart apps, and set icons.' },
    ADMIN: {
      description:
        'Rename and remove apps, activate releases, assign ports, hand out tokens and read the audit log.',
    },
  },
});
