import { builder } from './builder.ts';

export const Role = builder.enumType('Role', {
  description: 'What a caller may do. Each role includes those before it.',
  values: {
    VIEWER: { description: 'Read everything, including logs.' },
    OPERATOR: { description: 'Start, stop and restart apps, and set icons.' },
    ADMIN: {
      description:
        'Rename and remove apps, activate releases, assign ports, create tokens and read the audit log.',
    },
  },
});
