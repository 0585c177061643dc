import { builder } from '../builder.ts';

export const LogStream = builder.enumType('LogStream', {
  description: 'Who wrote a line, and where to.',
  values: {
    STDOUT: { description: 'The app, to its standard output.' },
    STDERR: { description: 'The app, to its standard error.' },
    SUPERVISOR: { description: 'The supervisor, about the run.' },
  },
});
